"""Language and time zone of the request, and how long its session lives.

The user's language counts, else the browser's, else the tenant's.
"""

import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import get_supported_language_variant

from apps.accounts.services import places

LANGUAGE_COOKIE = settings.LANGUAGE_COOKIE_NAME


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
