"""Language and time zone of the request, and how long its session lives.

The user's language counts, else the browser's, else the tenant's.
"""

import zoneinfo
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_supported_language_variant

from apps.accounts.selectors import has_factor
from apps.accounts.services import places
from apps.portal.login import is_held_back

LANGUAGE_COOKIE = settings.LANGUAGE_COOKIE_NAME

# What somebody opens who must still show a second factor, and who must still set one up.
TO_SHOW = frozenset(
    {
        *("confirm_identity", "passkey_options", "set_language", "jsi18n"),
        *("brand_mark", "brand_icon", "favicon", "brand_logo", "brand_logo_dark", "brand_file"),
        *("imprint", "privacy", "public_status"),
        *("session_state", "session_stay"),
    }
)
TO_SET_UP = TO_SHOW | {
    *("own_security", "add_app", "add_passkey", "new_passkey_options"),
    *("recovery_codes", "download_recovery_codes", "keep_recovery_codes", "renew_recovery_codes"),
}


def request_language(request: HttpRequest) -> str:
    """Return the language code to answer in."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated and user.language:
        return str(user.language)
    if request.COOKIES.get(LANGUAGE_COOKIE) or request.headers.get("Accept-Language"):
        return translation.get_language_from_request(request)
    tenant = getattr(request, "tenant", None)
    try:
        return get_supported_language_variant(getattr(tenant, "default_language", "en"))
    except LookupError:
        return settings.LANGUAGE_CODE


def request_time_zone(request: HttpRequest) -> str:
    """Return the IANA name of the zone in which times are shown."""
    user = getattr(request, "user", None)
    own = getattr(user, "time_zone", "") if user is not None else ""
    return own or getattr(getattr(request, "tenant", None), "time_zone", "") or "UTC"


class SignedInPlaceMiddleware:
    """Let what a person does prolong the session, and keep its row up to date."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        places.see(request, now=timezone.now())
        before = places.mark(request.session)
        response = self.get_response(request)
        places.follow(before, request.session)
        return response


class UserLocaleMiddleware:
    """Activate both for the request and put them back afterwards."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = request_language(request)
        request.LANGUAGE_CODE = language  # type: ignore[attr-defined]
        with translation.override(language), timezone.override(self.zone(request)):
            response = self.get_response(request)
            # Template responses are rendered by the handler inside get_response already.
            response.headers.setdefault("Content-Language", language)
            return response

    def zone(self, request: HttpRequest) -> zoneinfo.ZoneInfo:
        try:
            return zoneinfo.ZoneInfo(request_time_zone(request))
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            return zoneinfo.ZoneInfo("UTC")


class SecondFactorMiddleware:
    """Where everybody needs a second factor, open nothing but the way to it until it is shown.

    Sessions from before the rule are held back too. Where there is no rule, this costs nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if not is_held_back(request.tenant, request.session):  # type: ignore[attr-defined]
            return None
        user: Any = request.user
        name = request.resolver_match.url_name if request.resolver_match else None
        if not user.is_authenticated or name in TO_SHOW or request.path == reverse("admin:logout"):
            return None
        if has_factor(user):
            return led_to(request, "admin:confirm_identity")
        return None if name in TO_SET_UP else led_to(request, "admin:own_security")


def led_to(request: HttpRequest, name: str) -> HttpResponse:
    """Lead to the page; a fragment makes its whole page go there."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": reverse(name)})
    return HttpResponseRedirect(reverse(name))
