"""Commands to stations: asked by a person, carried by a gateway, answered there (INF-15)."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.audit.domain.kinds import Kind
from apps.audit.services.trail import record
from apps.core import rows
from apps.core.bell import notify
from apps.core.errors import AppError
from apps.core.live import publish
from apps.core.origin import Way, current_origin
from apps.core.schemas import current_schema
from apps.infrastructure.models import Station, StationCommand, StationConnection
from apps.infrastructure.services.certificate_outcomes import settle_certificate
from apps.infrastructure.services.password_outcomes import settle_password
from apps.vocabulary.commands import OPEN_COMMAND_STATUSES, Command, CommandStatus

BELL = "station_commands"
CHANGE_ACTION = "ChangeConfiguration"
# OCPP 1.6 security white paper, edition 3, 4.2; the second is the name that OCPP 2.0.1 uses.
SECRET_PARAMETERS = frozenset({"authorizationkey", "basicauthpassword"})
PROFILE_PARAMETER = "securityprofile"
# How long a command waits for a station that is away before it is given up.
PATIENCE = timedelta(minutes=2)

# What the end of a command means for its station; settled in the same transaction.
SETTLED: dict[Command, Callable[..., None]] = {
    Command.CHANGE_PASSWORD: settle_password,
    Command.SEND_SIGNED_CERTIFICATE: settle_certificate,
}

TABLES = {
    "command": StationCommand._meta.db_table,
    "station": Station._meta.db_table,
    "connection": StationConnection._meta.db_table,
    "password": Command.CHANGE_PASSWORD.value,
    "settled": ", ".join(f"'{command.value}'" for command in SETTLED),
    "queued": CommandStatus.QUEUED.value,
    "sent": CommandStatus.SENT.value,
}
# Somebody waits for the answer: one statement each, composed once, not several of the ORM's. A
# password travels from the row to whoever sends it, and stays in neither.
TAKE = """
WITH taken AS MATERIALIZED (
    SELECT q.id, q.parameters, s.location_id
    FROM {command} q JOIN {station} s ON s.id = q.station_id
    WHERE q.station_id = %(station)s AND q.status = '{queued}' AND q.expires_at > %(now)s
        AND (%(holder)s::uuid IS NULL OR EXISTS (
            SELECT FROM {connection} k
            WHERE k.station_id = q.station_id AND k.connection_id = %(holder)s::uuid
        ))
    ORDER BY q.requested_at, q.id LIMIT 1 FOR UPDATE OF q SKIP LOCKED
)
UPDATE {command} c SET status = '{sent}', sent_at = %(now)s,
    parameters = CASE WHEN c.command = '{password}' THEN '{{}}' ELSE c.parameters END
FROM taken t WHERE c.id = t.id
RETURNING c.id, c.command, t.parameters, t.location_id
""".format(**TABLES)  # noqa: S608 our own names
# Commands with something to settle go another way (`close_and_settle`).
CLOSE = """
UPDATE {command} c SET status = %(status)s, answered_at = %(now)s, verdict = %(verdict)s,
    answer = %(answer)s, error_code = %(error_code)s, error_description = %(error_description)s
FROM {station} s
WHERE c.id = %(command)s AND c.status = ANY(%(open)s) AND c.command NOT IN ({settled})
    AND s.id = c.station_id
RETURNING s.location_id
""".format(**TABLES)
OPEN = "WHERE id = %(command)s AND status = ANY(%(open)s) FOR UPDATE"
IS_ONLINE = f"SELECT is_online FROM {TABLES['connection']} WHERE station_id = %(station)s"  # noqa: S608


@dataclass(frozen=True, slots=True)
class TakenCommand:
    """A command that nobody else will send; `parameters` as they were queued."""

    pk: int
    command: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ending:
    """What an open command ends with; `answer`: the station's whole payload, None without one."""

    verdict: str = ""
    answer: Any = None
    error_code: str = ""
    error_description: str = ""


class StationOffline(AppError):
    code = "station_offline"
    message = _("%(station)s is not connected. Try again once it is back.")


class SecretParameter(AppError):
    code = "secret_parameter"
    message = _("Set the password on the station's page, under Security: there it stays secret.")


class ProfileLowered(AppError):
    code = "profile_lowered"
    message = _("The security profile of the station is %(profile)s; it is not lowered by OCPP.")


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

    Raises PermissionDenied when the actor may not command this station (right, then location),
    SecretParameter and ProfileLowered for parameters that a command must not set.
    """
    if actor is not None and not permitted(station, actor):
        raise PermissionDenied
    check_parameters(station, command, parameters or {})
    return queue_command(station, command, parameters, actor=actor, now=now, patience=patience)


def queue_command(
    station: Station,
    command: Command,
    parameters: dict[str, Any] | None = None,
    *,
    actor: User | None,
    now: datetime,
    patience: timedelta = PATIENCE,
) -> StationCommand:
    """Write the outbox row and ring the gateways; whoever calls has checked the right."""
    with transaction.atomic():
        row = StationCommand(
            station=station,
            command=command.value,
            parameters=parameters or {},
            requested_by=actor,
            requested_at=now,
            expires_at=now + patience,
        )
        rows.insert(row)
        if actor is not None or current_origin().way is Way.COMMAND_LINE:
            details = {"command": command.value, "parameters": parameters or {}}
            record(Kind.COMMAND, actor, station, details=details)
        notify(BELL, f"{current_schema()}:{station.pk}")
        publish("commands", station.location_id, [row.pk])
    return row


def check_parameters(station: Station, command: Command, parameters: dict[str, Any]) -> None:
    """Refuse to set a password past its own way, or to lower the security profile over OCPP.

    Raises SecretParameter, ProfileLowered (OCPP 1.6 security white paper, A00.FR.005).
    """
    sent: Any = parameters
    if command is Command.OCPP_CALL:
        sent = parameters.get("payload") if parameters.get("action") == CHANGE_ACTION else None
    elif command is not Command.CHANGE_CONFIGURATION:
        return
    if not isinstance(sent, dict):
        return
    key = str(sent.get("key", "")).strip().lower()
    if key in SECRET_PARAMETERS:
        raise SecretParameter("key")
    value = str(sent.get("value", "")).strip()
    if key == PROFILE_PARAMETER and value.isdecimal() and int(value) < station.security_profile:
        raise ProfileLowered("value", profile=station.security_profile)


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
    if (True,) not in rows.read(IS_ONLINE, {"station": station.pk}):
        raise StationOffline("station", station=station.charge_box_id)
    return request_command(station, command, parameters, actor=actor, now=now)


def take_queued(
    station_id: int, *, now: datetime, holder: UUID | None = None
) -> TakenCommand | None:
    """Take the station's oldest queued command for sending; exactly one caller gets it.

    `holder`: nothing is taken unless this is the station's newest socket.
    """
    values = {"station": station_id, "now": now, "holder": holder and str(holder)}
    for pk, command, parameters, location_id in rows.read(TAKE, values):
        publish("commands", location_id, [pk])
        return TakenCommand(pk, command, json.loads(parameters))
    return None


def record_result(command_id: int, *, verdict: str, answer: Any, now: datetime) -> None:
    """The station answered; `verdict` is its one word, `answer` the whole payload."""
    close(command_id, CommandStatus.ANSWERED, now, Ending(verdict=verdict[:64], answer=answer))


def record_error(command_id: int, *, code: str, description: str, now: datetime) -> None:
    """The station answered with an error message."""
    ending = Ending(error_code=code[:64], error_description=description)
    close(command_id, CommandStatus.REJECTED, now, ending)


def record_timeout(command_id: int, *, now: datetime) -> None:
    """The station did not answer in time."""
    close(command_id, CommandStatus.TIMED_OUT, now, Ending())


def record_not_offered(command_id: int, *, reason: str, now: datetime) -> None:
    """The station's protocol has no such message, or the parameters cannot be sent."""
    close(command_id, CommandStatus.NOT_OFFERED, now, Ending(error_description=reason))


def close(command_id: int, status: CommandStatus, now: datetime, ending: Ending) -> None:
    """Write the end of an open command; an end that was written already stays."""
    values = {
        **asdict(ending),
        "answer": None if ending.answer is None else json.dumps(ending.answer),
        "command": command_id,
        "open": list(OPEN_COMMAND_STATUSES),
        "status": status.value,
        "now": now,
    }
    closed = rows.read(CLOSE, values)
    for (location_id,) in closed:
        publish("commands", location_id, [command_id])
    if not closed:
        close_and_settle(command_id, status, now, ending)


@transaction.atomic
def close_and_settle(command_id: int, status: CommandStatus, now: datetime, ending: Ending) -> None:
    """Write the end of an open command, and what it means for the station.

    Where there is nothing to settle, the end stands there already.
    """
    values = {"command": command_id, "open": list(OPEN_COMMAND_STATUSES)}
    row = rows.fetch_one(StationCommand, OPEN, values)
    if row is None:
        return
    row.status, row.answered_at = status.value, now
    ended = asdict(ending)
    for name, value in ended.items():
        setattr(row, name, value)
    if row.command == Command.CHANGE_PASSWORD:
        row.parameters = {}
    rows.update(row, "status", "answered_at", "parameters", *ended)
    SETTLED[Command(row.command)](row, now=now)
    publish("commands", row.station.location_id, [row.pk])


def expire_commands(*, now: datetime) -> int:
    """Give up queued commands whose time is over; return how many."""
    overdue = StationCommand.objects.filter(status=CommandStatus.QUEUED.value, expires_at__lte=now)
    ids = list(overdue.values_list("pk", flat=True)[:1000])
    for command_id in ids:
        close(command_id, CommandStatus.EXPIRED, now, Ending())
    return len(ids)
