"""A new password for an existing station, pushed to it or only set here (INF-05)."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from apps.accounts.models import User
from apps.audit.domain.kinds import Kind
from apps.audit.services.trail import record
from apps.infrastructure.domain.security import OwnEvent, PasswordChange
from apps.infrastructure.models import Station, StationCommand
from apps.infrastructure.selectors.security import may_secure
from apps.infrastructure.services.commands import StationOffline, queue_command
from apps.infrastructure.services.password_outcomes import save_password
from apps.infrastructure.services.passwords import hash_key, is_weak
from apps.infrastructure.services.policy import check_password_length
from apps.infrastructure.services.sealing import seal
from apps.infrastructure.services.security_events import record_own
from apps.vocabulary.commands import Command


@transaction.atomic
def push_password(
    station: Station, password: str, *, generated: bool, actor: User, now: datetime
) -> StationCommand:
    """Send the station its new password; the old one lives until the station has accepted.

    Raises PasswordLength, StationOffline, and PermissionDenied without the right to secure it.
    """
    check_permitted(station, actor)
    check_password_length(password)
    locked = Station.objects.select_for_update(of=("self",)).get(pk=station.pk)
    if not locked.connection.is_online:
        raise StationOffline("password", station=station.charge_box_id)
    command = queue_command(
        locked, Command.CHANGE_PASSWORD, {"sealed": seal(password)}, actor=actor, now=now
    )
    locked.next_password_hash = hash_key(password, generated=generated)
    locked.next_password_is_weak = not generated and is_weak(password)
    locked.password_change = PasswordChange.PUSHING.value
    locked.password_command_id = command.pk
    save_password(locked)
    tell(locked, actor, "push", now=now)
    return command


@transaction.atomic
def set_password(
    station: Station, password: str, *, generated: bool, actor: User, now: datetime
) -> None:
    """Set the password here only: whoever set it enters it at the charger. The old one dies now.

    Raises PasswordLength, and PermissionDenied without the right to secure the station.
    """
    check_permitted(station, actor)
    check_password_length(password)
    locked = Station.objects.select_for_update().get(pk=station.pk)
    locked.password_hash = hash_key(password, generated=generated)
    locked.password_is_weak = not generated and is_weak(password)
    locked.password_set_at = now
    locked.next_password_hash, locked.next_password_is_weak = "", False
    locked.password_change = PasswordChange.SET_HERE.value
    locked.password_command_id = None
    save_password(locked)
    tell(locked, actor, "set", now=now)


@transaction.atomic
def set_security_profile(station: Station, profile: int, *, actor: User, now: datetime) -> None:
    """Say how the station must dial in from its next connect on. Raises PermissionDenied."""
    check_permitted(station, actor)
    before = station.security_profile
    if before == profile:
        return
    Station.objects.filter(pk=station.pk).update(security_profile=profile, updated_at=now)
    detail = f"{actor}: {before} → {profile}"
    record_own(station.pk, OwnEvent.PROFILE_CHANGED, detail=detail, now=now)


def tell(station: Station, actor: User, how: str, *, now: datetime) -> None:
    """Write who changed the password into the trail and among the station's security events."""
    record(Kind.PASSWORD_SET, actor, station, details={"how": how})
    record_own(station.pk, OwnEvent.KEY_CHANGED, detail=f"{actor}: {how}", now=now)


def check_permitted(station: Station, actor: User) -> None:
    """Raise PermissionDenied unless the actor may secure this station (right, then location)."""
    if not may_secure(station, actor):
        raise PermissionDenied
