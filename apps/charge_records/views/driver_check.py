"""The check of one record for its driver: by a link, without a log-in."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.charge_records.selectors import checkbill as selectors
from apps.charge_records.selectors.checkbill import ShownCheck
from apps.charge_records.services.check_links import hash_of
from apps.charge_records.views.checkbill import PDF, TEXT, XML, pdf_of, raw_of, xml_of
from apps.portal.exports import attachment

TOKEN_MAX = 100
View = Callable[..., HttpResponse]


def private(view: View) -> View:
    """Let nobody keep, list or pass on what the link leads to."""

    @wraps(view)
    def answered(*args: Any, **kwargs: Any) -> HttpResponse:
        response = view(*args, **kwargs)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return answered


def find_check(token: str) -> ShownCheck | None:
    """Return the check that a link leads to; None where it leads nowhere (any more)."""
    record = selectors.find_linked_record(hash_of(token)) if len(token) <= TOKEN_MAX else None
    if record is None:
        return None
    # Whoever holds the link may have it from somebody else.
    [check] = selectors.shown_checks([record], shows_drivers=False)
    return check


@private
@require_safe
def driver_check(request: HttpRequest, token: str) -> HttpResponse:
    """Show the chain of the record, without anything of the operator's but its brand."""
    check = find_check(token)
    if check is None:
        return gone(request)
    context = {"check": check, "token": token, "is_driver": True}
    return render(request, "charge_records/driver_check.html", context)


@private
@require_safe
def driver_xml(request: HttpRequest, token: str) -> HttpResponse:
    """Return the file for the transparency software."""
    return downloaded(request, token, xml_of, "checkbill.xml", XML)


@private
@require_safe
def driver_records(request: HttpRequest, token: str) -> HttpResponse:
    """Return the signed records as the meter wrote them."""
    return downloaded(request, token, raw_of, "checkbill.txt", TEXT)


@private
@require_safe
def driver_pdf(request: HttpRequest, token: str) -> HttpResponse:
    """Return the check as a PDF, with what the meter signed."""

    def make(checks: list[ShownCheck]) -> bytes:
        return pdf_of(request, checks, with_records=True)

    return downloaded(request, token, make, "checkbill.pdf", PDF)


def downloaded(
    request: HttpRequest,
    token: str,
    make: Callable[[list[ShownCheck]], bytes],
    name: str,
    kind: str,
) -> HttpResponse:
    check = find_check(token)
    return gone(request) if check is None else attachment(make([check]), name, kind)


def gone(request: HttpRequest) -> HttpResponse:
    return render(request, "charge_records/driver_check_gone.html", status=HTTPStatus.NOT_FOUND)
