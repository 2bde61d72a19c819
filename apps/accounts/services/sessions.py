"""Ending sessions, one's own and those of others, and how long the tenant's sessions live."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Least

from apps.accounts.models import SessionTimes, SignedInPlace, User
from apps.accounts.services.people import check_manageable, require
from apps.accounts.services.places import end
from apps.audit.domain.kinds import Kind
from apps.audit.services.trail import record


@transaction.atomic
def end_own(user: User, places: Iterable[SignedInPlace]) -> int:
    """End sessions of the user's own, as the user asked. Raises PermissionDenied for another's."""
    rows = list(places)
    if any(place.user_id != user.pk for place in rows):
        raise PermissionDenied
    count = end(rows)
    if count:
        record(Kind.SESSIONS_ENDED, user, user, details={"sessions": count})
    return count


@transaction.atomic
def end_of_another(actor: User, user: User, places: Iterable[SignedInPlace]) -> int:
    """End sessions of another user. Raises PermissionDenied, OwnAccountError,

    BeyondOwnRightsError, as every change of a user does.
    """
    require(actor, "accounts.change_user")
    check_manageable(actor, user)
    count = end(place for place in places if place.user_id == user.pk)
    if count:
        record(Kind.SESSIONS_ENDED, actor, user, details={"sessions": count})
    return count


@transaction.atomic
def save_times(times: SessionTimes, *, now: datetime) -> None:
    """Save the tenant's session times; who is signed in is bound by them at once."""
    times.save()
    idle, longest = times.lifetimes.idle, times.lifetimes.longest
    places = SignedInPlace.objects.open_at(now)
    places.update(ends_at=Least(F("ends_at"), F("seen_at") + idle, F("started_at") + longest))
    ends = SignedInPlace.objects.filter(session_key=OuterRef("session_key")).values("ends_at")
    open_keys = places.values("session_key")
    Session.objects.filter(session_key__in=open_keys).update(expire_date=Subquery(ends))
