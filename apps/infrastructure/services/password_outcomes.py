"""How a pushed password ended: the old one dies only once the station has the new one (INF-05).

Source: OCPP 1.6 security white paper, edition 3, A01.FR.02 to A01.FR.05.
"""

from datetime import datetime

from django.db import transaction

from apps.core.live import publish
from apps.infrastructure.domain.security import PasswordChange
from apps.infrastructure.models import Station, StationCommand
from apps.vocabulary.commands import CommandStatus

TAKEN_OVER = "Accepted"
# The station dials in with the old password until it has restarted.
TAKES_A_RESTART = "RebootRequired"
PASSWORD_FIELDS = (
    "password_hash",
    "password_is_weak",
    "password_set_at",
    "next_password_hash",
    "next_password_is_weak",
    "password_change",
    "password_command_id",
)
UNSENT = frozenset({CommandStatus.EXPIRED, CommandStatus.NOT_OFFERED})


def outcome_of(command: StationCommand) -> PasswordChange:
    """Return what the end of the command means for the password."""
    if command.status == CommandStatus.TIMED_OUT or command.verdict == TAKES_A_RESTART:
        return PasswordChange.UNCONFIRMED
    if command.status == CommandStatus.ANSWERED and command.verdict == TAKEN_OVER:
        return PasswordChange.ACCEPTED
    return PasswordChange.NOT_SENT if command.status in UNSENT else PasswordChange.REFUSED


@transaction.atomic
def settle_password(command: StationCommand, *, now: datetime) -> None:
    """Keep what came of a pushed password, unless a later change has replaced it."""
    station = Station.objects.select_for_update().get(pk=command.station_id)
    if station.password_command_id != command.pk or not station.next_password_hash:
        return
    outcome = outcome_of(command)
    station.password_change = outcome.value
    if outcome is PasswordChange.ACCEPTED:
        take_over(station, now=now)
    elif outcome is not PasswordChange.UNCONFIRMED:
        station.next_password_hash, station.next_password_is_weak = "", False
    save_password(station)


def take_over(station: Station, *, now: datetime) -> None:
    """Let the new password replace the old one on the (unsaved) station."""
    station.password_hash = station.next_password_hash
    station.password_is_weak = station.next_password_is_weak
    station.next_password_hash, station.next_password_is_weak = "", False
    station.password_set_at = now
    station.password_change = PasswordChange.ACCEPTED.value


@transaction.atomic
def confirm_password(station_id: int, used_hash: str, *, now: datetime) -> None:
    """The station dialled in with a password that it had not confirmed: the old one dies.

    While the push is under way its answer decides.
    """
    station = Station.objects.select_for_update().get(pk=station_id)
    is_awaited = station.password_change == PasswordChange.UNCONFIRMED.value
    if is_awaited and station.next_password_hash == used_hash:
        take_over(station, now=now)
        save_password(station)


def save_password(station: Station) -> None:
    """Write all that concerns the password, and tell the station's page."""
    station.save(update_fields=[*PASSWORD_FIELDS, "updated_at"])
    publish("security", station.location_id, [station.pk])
