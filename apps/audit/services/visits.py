"""Log-ins and log-outs in the trail; a failed one is told by whoever counts them."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest

from apps.audit.domain.kinds import Kind
from apps.audit.services.trail import record
from apps.core.origin import FACTOR_KEY, SUPPORT_KEY


def connect() -> None:
    user_logged_in.connect(record_log_in, dispatch_uid="audit log-in")
    user_logged_out.connect(record_log_out, dispatch_uid="audit log-out")


def record_log_in(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    # Of support it is an operator of the platform, whom the origin names.
    actor = None if SUPPORT_KEY in request.session else user
    factor = request.session.get(FACTOR_KEY)
    record(Kind.LOGGED_IN, actor, user, details={"factor": factor} if factor else {})


def record_log_out(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    if user is not None:
        record(Kind.LOGGED_OUT, user, user)


def record_failure(email: str, *, details: dict[str, Any] | None = None) -> None:
    """Record a log-in that failed. What is no e-mail may be a password in the wrong field."""
    typed = email if "@" in email else ""
    record(Kind.LOGIN_FAILED, details={"email": typed[:254], **(details or {})})
