"""Where somebody is signed in: a row with each session; ending one ends the session at once.

The session itself carries what is asked with every request, so that no request costs a query more:

    session["place"] = {"id": 7, "started": 1764000000, "seen": 1764003600}

Activity is written down once a minute, into the session's end and into the row.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts.domain.devices import device_of
from apps.accounts.domain.sessions import GRAIN, SignInWay, end_of_session
from apps.accounts.models import SignedInPlace, User
from apps.accounts.selectors import lifetimes
from apps.audit.services.trail import clean_address
from apps.core.addresses import client_address
from apps.core.live import tell_session
from apps.core.origin import SUPPORT_KEY

PLACE_KEY = "place"
LAST_MOMENT_KEY = "place_last_moment"
"""A session that may not outlive a moment of its own (support access) keeps it here, ISO 8601."""
BACKGROUND_HEADER = "X-Background"
"""What pages fetch by themselves carries it, and is no sign of their reader."""


def sign_in_way(request: HttpRequest) -> SignInWay:
    """Return by which way the request signs in; whoever signs in otherwise sets `sign_in_way`."""
    if SUPPORT_KEY in request.session:
        return SignInWay.SUPPORT
    return getattr(request, "sign_in_way", SignInWay.PASSWORD)


def begin(request: HttpRequest, user: User, *, now: datetime) -> SignedInPlace:
    """Write down the session that begins with this request, and when it will end."""
    session = request.session
    if not session.session_key:
        session.create()
    device = device_of(request.headers.get("User-Agent", ""))
    session[PLACE_KEY] = {"started": int(now.timestamp()), "seen": int(now.timestamp())}
    place, _made = SignedInPlace.objects.update_or_create(
        session_key=str(session.session_key),
        defaults={
            "user": user,
            "way": sign_in_way(request),
            "started_at": now,
            "seen_at": now,
            "ends_at": renew(session, now=now),
            "address": clean_address(client_address(request)),
            "browser": device.browser,
            "system": device.system,
        },
    )
    session[PLACE_KEY] = {**session[PLACE_KEY], "id": place.pk}
    return place


def renew(session: SessionBase, *, now: datetime) -> datetime:
    """Let the session live on from `now`, by the tenant's times; return when it will end."""
    ends_at = end_if_seen(session, now=now)
    session.set_expiry(ends_at)
    return ends_at


def could_stay(session: SessionBase, *, now: datetime) -> bool:
    """Say whether activity would let the session live longer than it does."""
    if PLACE_KEY not in session:
        return False
    return end_if_seen(session, now=now) > session.get_expiry_date() + GRAIN / 2


def end_if_seen(session: SessionBase, *, now: datetime) -> datetime:
    """Return when the session ends if its person does something now."""
    started = datetime.fromtimestamp(session[PLACE_KEY]["started"], tz=UTC)
    ends_at = end_of_session(started, now, lifetimes())
    if last := session.get(LAST_MOMENT_KEY):
        ends_at = min(ends_at, datetime.fromisoformat(last))
    return ends_at


def see(request: HttpRequest, *, now: datetime) -> None:
    """Note that the session's person did something, unless that was noted a moment ago."""
    place = request.session.get(PLACE_KEY)
    if place is None:
        if SESSION_KEY in request.session and request.user.is_authenticated:
            # Signed in before places were kept.
            begin(request, request.user, now=now)
        return
    if BACKGROUND_HEADER in request.headers:
        return
    if now.timestamp() - place["seen"] >= GRAIN.total_seconds():
        stay(request, now=now)


def stay(request: HttpRequest, *, now: datetime) -> None:
    """Let the session live on; the row says where its person was seen last."""
    session = request.session
    session[PLACE_KEY] = {**session[PLACE_KEY], "seen": int(now.timestamp())}
    SignedInPlace.objects.filter(pk=session[PLACE_KEY]["id"]).update(
        seen_at=now,
        ends_at=renew(session, now=now),
        address=clean_address(client_address(request)),
    )


def mark(session: SessionBase) -> tuple[Any, ...]:
    """Return what of a session changes with its key and with its user's password."""
    place = session.get(PLACE_KEY) or {}
    return place.get("id"), session.session_key, session.get(HASH_SESSION_KEY)


@transaction.atomic
def follow(before: tuple[Any, ...], session: SessionBase) -> None:
    """Keep the row with its session when a request gave that another key.

    A new password ends all other sessions of the user: their hash fits no more, their rows go.
    """
    place_id, key, password_hash = after = mark(session)
    if place_id is None or place_id != before[0] or after == before:
        return
    if key and key != before[1]:
        SignedInPlace.objects.filter(pk=place_id).update(session_key=key)
    if password_hash != before[2]:
        others = SignedInPlace.objects.filter(user_id=session[SESSION_KEY])
        end(others.exclude(pk=place_id))


def end(places: Iterable[SignedInPlace]) -> int:
    """End these sessions: gone at their next request, their live sockets now. Return how many."""
    rows = list(places)
    keys = [place.session_key for place in rows]
    Session.objects.filter(session_key__in=keys).delete()
    SignedInPlace.objects.filter(pk__in=[place.pk for place in rows]).delete()
    for key in keys:
        tell_session(key)
    return len(rows)


def end_all(user: User) -> int:
    """End all sessions of the user, for a new password or a disabled account."""
    return end(SignedInPlace.objects.filter(user=user))


def forget(session_key: str) -> None:
    """Take away the row of a session that its person ended by logging out."""
    SignedInPlace.objects.filter(session_key=session_key).delete()
    tell_session(session_key)


def drop_over(*, now: datetime) -> int:
    """Delete sessions whose time is over, with their rows; return how many rows went."""
    Session.objects.filter(expire_date__lte=now).delete()
    dropped, _by_model = SignedInPlace.objects.filter(ends_at__lte=now).delete()
    return dropped


def connect() -> None:
    """Let every log-in begin a place and every log-out take it away, whoever logs in and how."""
    user_logged_in.connect(note_log_in, dispatch_uid="accounts log-in")
    user_logged_out.connect(note_log_out, dispatch_uid="accounts log-out")


def note_log_in(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    begin(request, user, now=timezone.now())


def note_log_out(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    if request.session.session_key:
        forget(request.session.session_key)
