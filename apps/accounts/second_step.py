"""Between the password and the portal: who is let in, who shows a second factor first, and when.

What the session says:

    session["second_factor"]   by which factor its person came in, "" where none was asked for
    session["confirmed_at"]    when its person last proved who it is, seconds since 1970
    session["half_in"]         before the log-in: whose password was right, and nothing else

Until the second step is done nobody is logged in: half a log-in opens no page and no socket.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import login
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme

from apps.accounts.domain.factors import Factor
from apps.accounts.domain.sessions import SignInWay
from apps.accounts.models import User
from apps.accounts.selectors import has_factor
from apps.accounts.services.letters import portal_name
from apps.accounts.services.passkeys import Place
from apps.core.addresses import base_url
from apps.core.origin import FACTOR_KEY, SUPPORT_KEY
from apps.portal.login import requires_second_factor
from apps.tenants.selectors import current_tenant

CONFIRMED_KEY = "confirmed_at"
HALF_KEY = "half_in"
CEREMONY_KEY = "passkey_ceremony"
BACKEND = "django.contrib.auth.backends.ModelBackend"

HALF_LASTS = timedelta(minutes=5)
CONFIRMED_LASTS = timedelta(minutes=10)
"""So long after a log-in or a confirmation somebody may change what guards the account."""
CEREMONY_LASTS = timedelta(minutes=5)
LONGEST_ANSWER = 64 * 1024

SSO = SignInWay.SINGLE_SIGN_ON


@dataclass(frozen=True, slots=True)
class HalfIn:
    """Whose password was right, where to go afterwards, how the log-in began, what to keep."""

    user: User
    to: str
    way: SignInWay
    kept: dict[str, Any] = field(default_factory=dict)


def needs_second_factor(
    user: User, session: SessionBase, *, way: SignInWay = SignInWay.PASSWORD
) -> bool:
    """Say whether somebody who came in by `way` must still show a second factor, or set one up.

    Support shows its own in the console. Whoever comes by single sign-on was asked there, unless
    everybody of the tenant must show one here.
    """
    if session.get(FACTOR_KEY) or SUPPORT_KEY in session:
        return False
    if requires_second_factor(current_tenant()):
        return True
    return way is not SSO and has_factor(user)


def sign_in(
    request: HttpRequest,
    user: User,
    *,
    to: str,
    way: SignInWay = SignInWay.PASSWORD,
    kept: dict[str, Any] | None = None,
) -> HttpResponse:
    """Let in whoever proved to be the user, or lead to the second step. `to`: a safe address.

    `kept`: what the session holds once its person is in, whichever way leads there.
    Who must have a factor and has none is let in too: `SecondFactorMiddleware` opens nothing but
    the pages on which one is set up.
    """
    request.session.flush()
    if needs_second_factor(user, request.session, way=way) and has_factor(user):
        request.session[HALF_KEY] = {
            "user": user.pk,
            "state": user.get_session_auth_hash(),
            "at": timezone.now().timestamp(),
            "to": to,
            "way": way.value,
            "kept": kept or {},
        }
        # Longer than it counts, so that the page can say that it took too long.
        request.session.set_expiry(int(2 * HALF_LASTS.total_seconds()))
        return HttpResponseRedirect(reverse("second_step"))
    return let_in(request, user, to=to, way=way, factor=None, kept=kept)


def let_in(
    request: HttpRequest,
    user: User,
    *,
    to: str,
    way: SignInWay,
    factor: Factor | None,
    kept: dict[str, Any] | None = None,
) -> HttpResponse:
    """Log in, in a session of a new key that holds nothing from before but `kept`."""
    request.session.flush()
    request.session[FACTOR_KEY] = factor.value if factor else ""
    request.sign_in_way = way  # type: ignore[attr-defined]
    login(request, user, backend=BACKEND)
    confirm(request.session, now=timezone.now())
    request.session.update(kept or {})
    return HttpResponseRedirect(to)


def half_in(request: HttpRequest, *, now: datetime) -> HalfIn | None:
    """Return who is half in; nobody when it took too long or the account changed meanwhile."""
    half = request.session.get(HALF_KEY)
    if half is None or now.timestamp() - half["at"] > HALF_LASTS.total_seconds():
        return None
    user = User.objects.filter(pk=half["user"], is_active=True).first()
    if user is None or not constant_time_compare(user.get_session_auth_hash(), half["state"]):
        return None
    return HalfIn(user, half["to"], SignInWay(half["way"]), half.get("kept", {}))


def confirm(session: SessionBase, *, now: datetime) -> None:
    """Note that the session's person just proved who it is."""
    session[CONFIRMED_KEY] = now.timestamp()


def is_confirmed(session: SessionBase, *, now: datetime) -> bool:
    """Say whether the session's person proved who it is a short while ago."""
    at = session.get(CONFIRMED_KEY, 0)
    return bool(0 <= now.timestamp() - at <= CONFIRMED_LASTS.total_seconds())


def safe_way(request: HttpRequest, address: str | None, *, otherwise: str) -> str:
    """Return the address if it leads to a page of this host."""
    hosts = {request.get_host()}
    if url_has_allowed_host_and_scheme(address, hosts, require_https=request.is_secure()):
        return str(address)
    return otherwise


def place_of(request: HttpRequest) -> Place:
    """Return the relying party of passkeys: the host that the tenant middleware has checked."""
    host = request.get_host().rsplit(":", 1)[0]
    return Place(host=host, origin=base_url(request), name=portal_name())


def keep_ceremony(session: SessionBase, state: dict[str, Any], *, now: datetime) -> None:
    """Keep the challenge that the browser's passkey has to sign."""
    session[CEREMONY_KEY] = {"state": state, "at": now.timestamp()}


def take_ceremony(session: SessionBase, *, now: datetime) -> dict[str, Any]:
    """Return the challenge, which is good for one answer; {} when there is none or it is old."""
    kept = session.pop(CEREMONY_KEY, None)
    if kept is None or now.timestamp() - kept["at"] > CEREMONY_LASTS.total_seconds():
        return {}
    state: dict[str, Any] = kept["state"]
    return state


def answer_of(text: str) -> dict[str, Any]:
    """Return the browser's answer of a form field; {} for what is none."""
    if len(text) > LONGEST_ANSWER:
        return {}
    try:
        answer = json.loads(text)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
