"""The public status page answers even while the database, which knows all tenants, does not."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from apps.help.selectors.health import database_up

STATUS_PATH = "/status/"
POLICY = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self'; base-uri 'none'"


class StatusMiddleware:
    """Stands before the tenant is looked up; every other page passes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path != STATUS_PATH or database_up.get():
            return self.get_response(request)
        with translation.override(translation.get_language_from_request(request)):
            return unreachable(request)


def unreachable(request: HttpRequest) -> HttpResponse:
    """Say that the database is away, in nobody's brand."""
    context = {"brand_name": request.META.get("HTTP_HOST", "")}
    response = render(request, "help/unreachable.html", context, status=503)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "no-store"
    response.headers["Retry-After"] = "30"
    return response
