"""What every page of a portal shows of this room: banners, and the way to a fitting answer."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from apps.help.selectors import notices
from apps.help.texts.places import anchor_for
from apps.help.views.status import banner_notices, is_of_customer


def has_reader(request: HttpRequest) -> bool:
    """Say whether somebody who is logged in reads a page of a portal."""
    user = getattr(request, "user", None)
    is_known = user is not None and user.is_authenticated
    return is_known and is_of_customer(getattr(request, "tenant", None))


def banners(request: HttpRequest) -> list[notices.Notice]:
    user: Any = getattr(request, "user", None)
    tenant: Any = getattr(request, "tenant", None)
    return banner_notices(tenant, user.pk) if has_reader(request) else []


def help_link(request: HttpRequest) -> str:
    """Return the address of the topic for this page; "" where there is none."""
    match = request.resolver_match
    anchor = anchor_for(match.url_name or "") if match and has_reader(request) else ""
    return f"{reverse('admin:faq')}#{anchor}" if anchor else ""


def help_of(request: HttpRequest) -> dict[str, Any]:
    return {
        "help_banners": SimpleLazyObject(lambda: banners(request)),
        "help_link": SimpleLazyObject(lambda: help_link(request)),
    }
