"""The outbox: commands are taken by the gateway that holds the socket, sent, their end recorded.

Woken by the bell, at each connect and boot, and by a slow poll: a lost bell costs delay only.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Min
from django.utils import timezone

from apps.charge_records.services.offers import offer_configuration
from apps.core.bell import LOST
from apps.infrastructure.models import StationCommand
from apps.infrastructure.services import commands
from apps.infrastructure.services.sealing import SealBroken, unseal
from apps.ocpp.adapters import v16
from apps.ocpp.connection import Connection, ConnectionGoneError
from apps.ocpp.frames import CallError, CallResult
from apps.ocpp.lanes.health import is_trouble
from apps.tenants.context import run_in_schema
from apps.vocabulary.commands import (
    Command,
    CommandNotOfferedError,
    CommandStatus,
    ParametersInvalidError,
)

if TYPE_CHECKING:
    from apps.ocpp.gateway import Gateway

logger = logging.getLogger(__name__)

POLL_S = 5.0
TIMEOUT_KEY = "timeout_s"
"""A command may bring its own time-out among its parameters."""
TIMEOUT_MAX_S = 600.0
# A row that stayed "sent" this long was taken by a gateway that died.
ABANDONED_AFTER = timedelta(seconds=TIMEOUT_MAX_S) + timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Taken:
    """A command that is ours to send."""

    pk: int
    command: Command
    parameters: dict[str, Any]
    timeout_s: float


class Dispatcher:
    """Carries commands of the stations of this process; belongs to the event loop's thread."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.loop = asyncio.get_running_loop()
        self.tasks: set[asyncio.Task[None]] = set()
        self.oldest: datetime | None = None

    def ring(self, payload: str) -> None:
        """Called by the bell's thread with "schema:station"; `LOST`: look for all."""
        try:
            self.loop.call_soon_threadsafe(self.rung, payload)
        except RuntimeError:
            logger.debug("the bell rang after the end of the loop")

    def rung(self, payload: str) -> None:
        if payload == LOST:
            self.spawn(self.look())
            return
        schema, _, station_id = payload.partition(":")
        connection = self.gateway.registry.get((schema, int(station_id)))
        if connection is not None:
            self.wake(connection)

    def wake(self, connection: Connection) -> None:
        """Carry the station's commands, unless that is being done: then look once more after it."""
        if connection.is_dispatching:
            connection.is_rung = True
        elif not connection.is_closed and not self.gateway.is_draining:
            connection.is_dispatching = True
            self.spawn(self.carry_all(connection))

    def spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.ended)

    def ended(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            logger.error("dispatch failed", exc_info=error)

    async def poll(self) -> None:
        """Look for commands whose bell was not heard, as long as the gateway runs."""
        while True:
            await asyncio.sleep(POLL_S)
            await self.look()

    async def look(self) -> None:
        """Wake every connection of ours that has a command waiting."""
        schemas = {schema for schema, _ in self.gateway.registry}
        if not schemas:
            return
        try:
            waiting = await self.gateway.commands.run("public", stations_waiting, sorted(schemas))
        except Exception as error:
            if not is_trouble(error):
                raise
            logger.warning("dispatch: no look at the outbox (%s)", type(error).__name__)
            return
        held = {key: since for key, since in waiting.items() if key in self.gateway.registry}
        self.oldest = min(held.values(), default=None)
        for key in held:
            self.wake(self.gateway.registry[key])

    async def carry_all(self, connection: Connection) -> None:
        """Send the station's commands one after the other until none is left."""
        lane, schema = self.gateway.commands, connection.station.schema
        try:
            while not connection.is_closed and not self.gateway.is_draining:
                connection.is_rung = False
                taken = await lane.run(
                    schema, take, connection.station.station_id, connection.connection_id
                )
                if taken is not None:
                    await self.carry(connection, taken)
                elif not connection.is_rung:
                    return
        except Exception as error:
            if not is_trouble(error):
                raise
            logger.warning("connection %s: outbox unread (%s)", connection, type(error).__name__)
        finally:
            connection.is_dispatching = False

    async def carry(self, connection: Connection, taken: Taken) -> None:
        """Send one command and record how it ended."""
        record, schema = self.gateway.commands.run, connection.station.schema
        try:
            outgoing = v16.encode_command(taken.command, taken.parameters, connection.model)
        except (CommandNotOfferedError, ParametersInvalidError) as error:
            reason = f"{type(error).__name__}: {error}"
            await record(schema, commands.record_not_offered, taken.pk, reason=reason, now=now())
            return
        if taken.command is Command.SEND_SIGNED_CERTIFICATE:
            # It may be signed before the answer to its request has left.
            await connection.answered()
        try:
            frame = await connection.call(outgoing.action, outgoing.payload, taken.timeout_s)
        except (TimeoutError, ConnectionGoneError):
            await record(schema, commands.record_timeout, taken.pk, now=now())
            return
        if isinstance(frame, CallError):
            await record(
                schema,
                commands.record_error,
                taken.pk,
                code=frame.code,
                description=frame.description,
                now=now(),
            )
        elif isinstance(frame, CallResult):
            result = v16.decode_result(outgoing.action, frame.payload)
            await record(
                schema,
                keep_result,
                taken.pk,
                station_id=connection.station.station_id,
                verdict=result.verdict,
                answer=result.payload,
                now=now(),
            )


def keep_result(
    command_id: int, *, station_id: int, verdict: str, answer: Any, now: datetime
) -> None:
    """Record the answer; keys of meters that a configuration names are offered to the operator."""
    commands.record_result(command_id, verdict=verdict, answer=answer, now=now)
    offer_configuration(station_id, answer, now=now)


def now() -> datetime:
    return datetime.now(UTC)


def take(station_id: int, connection_id: Any) -> Taken | None:
    """Take the next command for this socket; None without one, or when a newer socket has it."""
    row = commands.take_queued(station_id, now=timezone.now(), holder=connection_id)
    if row is None:
        return None
    parameters = opened(row)
    timeout_s: Any = parameters.get(TIMEOUT_KEY)
    is_usable = isinstance(timeout_s, (int, float)) and 0 < timeout_s <= TIMEOUT_MAX_S
    return Taken(
        row.pk,
        Command(row.command),
        {key: value for key, value in parameters.items() if key != TIMEOUT_KEY},
        float(timeout_s) if is_usable else settings.OCPP_CALL_TIMEOUT_S,
    )


def opened(row: commands.TakenCommand) -> dict[str, Any]:
    """Return the command's parameters; a password waits sealed, in the database only.

    One that cannot be opened (SECRET_KEY is another one now) comes as it is: the adapter says that
    the password is missing.
    """
    if row.command != Command.CHANGE_PASSWORD:
        return row.parameters
    try:
        return {"password": unseal(str(row.parameters.get("sealed", "")))}
    except SealBroken:
        logger.error("command %s: SECRET_KEY changed since it was queued", row.pk)
        return {}


def stations_waiting(schemas: Collection[str]) -> dict[tuple[str, int], datetime]:
    """Return (schema, station) → since when for every station with a queued command."""
    return {
        (schema, pk): since
        for schema in schemas
        for pk, since in run_in_schema(schema, queued_stations)
    }


def queued_stations() -> list[tuple[int, datetime]]:
    rows = StationCommand.objects.filter(status=CommandStatus.QUEUED.value)
    grouped = rows.order_by().values("station_id").annotate(since=Min("requested_at"))
    return list(grouped.values_list("station_id", "since"))


def give_up_abandoned(*, now: datetime) -> int:
    """End commands whose gateway died between sending and recording; return how many."""
    rows = StationCommand.objects.filter(
        status=CommandStatus.SENT.value, sent_at__lt=now - ABANDONED_AFTER
    )
    ids = list(rows.values_list("pk", flat=True)[:1000])
    for pk in ids:
        commands.record_timeout(pk, now=now)
    return len(ids)
