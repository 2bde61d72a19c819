"""Commands to stations: asked by a person, carried by a gateway, answered there (INF-15)."""

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.bell import notify
from apps.core.errors import AppError
from apps.core.live import publish
from apps.core.schemas import current_schema
from apps.infrastructure.models import Station, StationCommand, StationConnection
from apps.vocabulary.commands import OPEN_COMMAND_STATUSES, Command, CommandStatus

BELL = "station_commands"
# How long a command waits for a station that is away before it is given up.
PATIENCE = timedelta(minutes=2)


class StationOffline(AppError):
    code = "station_offline"
    message = _("%(station)s is not connected. Try again once it is back.")


def request_command(
    station: Station,
    command: Command,
    parameters: dict[str, Any] | None = None,
    *,
    actor: User | None,
    now: datetime,
    patience: timedelta = PATIENCE,
) -> StationCommand:
    """Queue a command and ring the gateways. `actor` None: the system or a command line.

    Raises PermissionDenied when the actor may not command this station (right, then location).
    """
    if actor is not None and not permitted(station, actor):
        raise PermissionDenied
    with transaction.atomic():
        row = StationCommand.objects.create(
            station=station,
            command=command.value,
            parameters=parameters or {},
            requested_by=actor,
            requested_at=now,
            expires_at=now + patience,
        )
        notify(BELL, f"{current_schema()}:{station.pk}")
        publish("commands", station.location_id, [row.pk])
    return row


def permitted(station: Station, actor: User) -> bool:
    """Say whether the actor may send commands to the station."""
    return Station.objects.visible_to(actor, "command").filter(pk=station.pk).exists()


def request_restart(station: Station, *, hard: bool, actor: User, now: datetime) -> StationCommand:
    """Ask the station's controller to restart. Raises StationOffline when nobody could answer."""
    return request_now(station, Command.RESTART, {"hard": hard}, actor=actor, now=now)


def request_now(
    station: Station, command: Command, parameters: dict[str, Any], *, actor: User, now: datetime
) -> StationCommand:
    """Queue a command that a person waits for. Raises StationOffline, PermissionDenied."""
    connection = StationConnection.objects.filter(station=station).first()
    if connection is None or not connection.is_online:
        raise StationOffline("station", station=station.charge_box_id)
    return request_command(station, command, parameters, actor=actor, now=now)


def take_queued(station_id: int, *, now: datetime) -> StationCommand | None:
    """Take the station's oldest queued command for sending; exactly one caller gets it."""
    with transaction.atomic():
        row = (
            StationCommand.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(station_id=station_id, status=CommandStatus.QUEUED.value, expires_at__gt=now)
            .order_by("requested_at", "pk")
            .first()
        )
        if row is None:
            return None
        row.status = CommandStatus.SENT.value
        row.sent_at = now
        row.save(update_fields=["status", "sent_at"])
        announce(row)
    return row


def record_result(command_id: int, *, verdict: str, answer: Any, now: datetime) -> None:
    """The station answered; `verdict` is its one word, `answer` the whole payload."""
    close(
        command_id,
        CommandStatus.ANSWERED,
        now,
        verdict=verdict[:64],
        answer=answer,
    )


def record_error(command_id: int, *, code: str, description: str, now: datetime) -> None:
    """The station answered with an error message."""
    close(
        command_id,
        CommandStatus.REJECTED,
        now,
        error_code=code[:64],
        error_description=description,
    )


def record_timeout(command_id: int, *, now: datetime) -> None:
    """The station did not answer in time."""
    close(command_id, CommandStatus.TIMED_OUT, now)


def record_not_offered(command_id: int, *, reason: str, now: datetime) -> None:
    """The station's protocol has no such message, or the parameters cannot be sent."""
    close(command_id, CommandStatus.NOT_OFFERED, now, error_description=reason)


def close(command_id: int, status: CommandStatus, now: datetime, **fields: Any) -> None:
    """Write the end of an open command; an end that was written already stays."""
    with transaction.atomic():
        row = (
            StationCommand.objects.select_for_update(of=("self",))
            .filter(pk=command_id, status__in=list(OPEN_COMMAND_STATUSES))
            .first()
        )
        if row is None:
            return
        row.status = status.value
        row.answered_at = now
        for name, value in fields.items():
            setattr(row, name, value)
        row.save(update_fields=["status", "answered_at", *fields])
        announce(row)


def expire_commands(*, now: datetime) -> int:
    """Give up queued commands whose time is over; return how many."""
    rows = StationCommand.objects.filter(status=CommandStatus.QUEUED.value, expires_at__lte=now)
    ids = list(rows.values_list("pk", flat=True)[:1000])
    for command_id in ids:
        close(command_id, CommandStatus.EXPIRED, now)
    return len(ids)


def announce(row: StationCommand) -> None:
    location_id = Station.objects.values_list("location_id", flat=True).get(pk=row.station_id)
    publish("commands", location_id, [row.pk])
