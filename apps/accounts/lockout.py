"""Wrong passwords: ten lock the account, thirty of an address in an hour close the door to it."""

from http import HTTPStatus
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessFailureLog
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from apps.accounts.domain.factors import Factor
from apps.accounts.services.notices import AN_HOUR, note_lock
from apps.audit.services.visits import record_failure
from apps.core.addresses import client_address
from apps.portal.login import counted_name
from apps.tenants.selectors import url_for_mails


def is_address_closed(request: HttpRequest) -> bool:
    """Say whether so many log-ins failed from the address within an hour (ASVS 6.3.1)."""
    failures = AccessFailureLog.objects.filter(
        ip_address=client_address(request), attempt_time__gt=timezone.now() - AN_HOUR
    )
    return failures.count() >= settings.FAILURES_PER_ADDRESS_AND_HOUR


class LockoutHandler(AxesDatabaseHandler):
    """axes counts by e-mail in the tenant's table; we count by address too, and tell of a lock."""

    def is_allowed(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        if is_address_closed(request):
            request.is_address_closed = True  # type: ignore[attr-defined]
            return False
        return bool(super().is_allowed(request, credentials))

    def user_login_failed(
        self,
        sender: Any,
        credentials: dict[str, Any],
        request: HttpRequest | None = None,
        **kwargs: Any,
    ) -> None:
        was_refused = bool(getattr(request, "axes_locked_out", False))
        super().user_login_failed(sender, credentials, request, **kwargs)
        if not was_refused:
            factor = credentials.get("factor")
            details = {"factor": str(factor)} if factor else {}
            record_failure(counted_name(request, credentials), details=details)
        if request is not None and not was_refused and request.axes_locked_out:  # type: ignore[attr-defined]
            note_lock(
                counted_name(request, credentials),
                address=client_address(request),
                base_url=url_for_mails(request),
                now=timezone.now(),
            )


def refusal_of(request: HttpRequest, email: str) -> HttpResponse | None:
    """Return the answer to somebody who may not even try: locked, or the address is closed."""
    if AxesProxyHandler.is_allowed(request, {"username": email}):
        return None
    return refusal(request, HttpResponse(), None)


def count_failure(request: HttpRequest, email: str, factor: Factor) -> None:
    """Count a wrong second factor like a wrong password: both together make the ten."""
    credentials = {"username": email, "factor": factor.value}
    user_login_failed.send(sender=__name__, credentials=credentials, request=request)


def count_failed_passkey(request: HttpRequest) -> None:
    """Count a passkey that was nobody's against the address; there is no account to lock."""
    AccessFailureLog.objects.create(
        ip_address=client_address(request) or None,
        user_agent=request.headers.get("User-Agent", "")[:255],
        http_accept=request.headers.get("Accept", "")[:1025],
        path_info=request.path[:255],
    )
    record_failure("", details={"factor": Factor.PASSKEY.value})


def refusal(
    request: HttpRequest, response: HttpResponse, credentials: dict[str, Any] | None
) -> HttpResponse:
    """Answer a log-in that was not even tried: the account is locked, or the address closed."""
    if getattr(request, "is_address_closed", False):
        return too_many(request)
    return render(request, "portal/locked.html", status=HTTPStatus.TOO_MANY_REQUESTS)


def too_many(request: HttpRequest) -> HttpResponse:
    """Answer an address that tried too often: come back in an hour."""
    answer = render(request, "portal/too_many.html", status=HTTPStatus.TOO_MANY_REQUESTS)
    answer.headers["Retry-After"] = str(int(AN_HOUR.total_seconds()))
    return answer
