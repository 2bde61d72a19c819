"""What all sockets of one process share: lanes, registry, presence, commands, health."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import socket
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any
from weakref import WeakValueDictionary

from django.conf import settings

from apps.core import live, metrics, probes
from apps.core.bell import LOST, bell
from apps.core.serving.draining import drain
from apps.ocpp import presence, routes
from apps.ocpp.adapters import v16
from apps.ocpp.announcements import Announcements
from apps.ocpp.authentication import Authenticator
from apps.ocpp.beat import Beat
from apps.ocpp.connection import Connection, ConnectionGoneError
from apps.ocpp.dispatch import Dispatcher
from apps.ocpp.figures import Answers, GatewayFigures
from apps.ocpp.lanes.health import DatabaseHealth, is_trouble
from apps.ocpp.lanes.slow import Lane, unhurried
from apps.ocpp.lanes.units import Exchange, FastOutcome, FastUnit
from apps.ocpp.lanes.writer import Writer
from apps.ocpp.routes import RouteCache
from apps.vocabulary.commands import Command, TriggerableMessage

logger = logging.getLogger(__name__)

SLOW_THREADS = 4
LOOK_UP_THREADS = 2
# Handshakes wait for these threads: after an outage they must be free soon.
LOOK_UP_S = 4.0
START_S = 5.0
STOP_S = 3.0
# A drain lets a charger finish what it has begun, no longer than this.
FINISH_S = 5.0
RECONCILE_S = 30.0
# RFC 6455 and its registry: the service restarts, the server had an unexpected condition.
SERVICE_RESTART = 1012
INTERNAL_ERROR = 1011
REPLACED = 1000
TRIGGER_TIMEOUT_S = 30.0

route_cache = RouteCache()


class Gateway:
    """Made and started on the event loop; there is one per process (`current`)."""

    current: Gateway | None = None

    def __init__(self) -> None:
        self.gateway_id = f"{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(4)}"
        self.registry: dict[tuple[str, int], Connection] = {}
        self.schemas: set[str] = set()
        self.is_stopping = False
        self.is_draining = False
        self.loop = asyncio.get_running_loop()
        self.health = DatabaseHealth(
            self.database_is_down, patience_s=settings.OCPP_DATABASE_PATIENCE_S
        )
        self.fast = Writer(on_batch=self.batch_ended)
        self.slow = Lane("slow-lane", SLOW_THREADS)
        self.look_ups = Lane("look-up", LOOK_UP_THREADS, patience_s=LOOK_UP_S)
        # Turns with the handshakes' look-ups, so that a storm is taken in as fast as it is let in.
        self.claims = asyncio.Semaphore(LOOK_UP_THREADS)
        self.turns: WeakValueDictionary[tuple[str, int], asyncio.Lock] = WeakValueDictionary()
        self.commands = Lane("commands", 1)
        self.authenticator = Authenticator(self.look_ups, route_cache)
        self.live_events = Lane("live", 1)
        self.lanes = (self.slow, self.look_ups, self.commands, self.live_events)
        self.announcements = Announcements(self.live_events)
        self.dispatcher = Dispatcher(self)
        self.answers = Answers()
        self.is_ready = asyncio.Event()
        self.beat = Beat(
            self.gateway_id,
            count=lambda: len(self.registry),
            told=self.beat_told,
            swept=self.was_swept,
        )
        self.tasks: set[asyncio.Task[None]] = set()

    # Life of the process

    async def start(self) -> None:
        """Start the threads; returns once sockets are taken, or soon after where there is no
        database. The caller starts the bell afterwards.
        """
        Gateway.current = self
        self.fast.start()
        self.beat.start()
        for lane in self.lanes:
            lane.open()
        bell.subscribe(routes.CHANNEL, route_cache.forget)
        bell.subscribe("station_commands", self.dispatcher.ring)
        bell.subscribe(presence.CHANNEL, self.heard_of_connection)
        live.gather = self.announcements.gather
        probes.doubts.append(self.doubt)
        metrics.register(GatewayFigures(self))
        drain.steps.append(self.drain)
        self.spawn(self.dispatcher.poll())
        self.spawn(self.reconcile())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.is_ready.wait(), START_S)

    async def drain(self) -> None:
        """Take no new sockets, then ask the chargers to come again, spread over OCPP_DRAIN_S."""
        self.is_draining = True
        await asyncio.sleep(settings.OCPP_DRAIN_LEAD_S)
        leaving = list(self.registry.values())
        over_s = min(settings.OCPP_DRAIN_S, len(leaving) / settings.OCPP_DRAIN_PER_S)
        await asyncio.gather(
            *(
                self.dismiss_after(connection, over_s * position / len(leaving))
                for position, connection in enumerate(leaving)
            )
        )
        if self.dispatcher.tasks:  # what chargers answered is still being recorded
            await asyncio.wait(self.dispatcher.tasks, timeout=FINISH_S)

    async def dismiss_after(self, connection: Connection, delay_s: float) -> None:
        """Let the socket answer what it has begun, then close it."""
        await asyncio.sleep(delay_s)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FINISH_S):
                while begun := connection.unfinished():
                    await asyncio.wait(begun)
        await self.dismiss(connection)

    async def stop(self) -> None:
        """Close every socket (come again), give up presence, write what waits, end the threads."""
        self.is_stopping = True
        live.gather = None
        await asyncio.gather(
            *(self.dismiss(connection) for connection in list(self.registry.values())),
            return_exceptions=True,
        )
        for task in list(self.tasks | self.dispatcher.tasks):
            task.cancel()
        await asyncio.to_thread(self.fast.stop, STOP_S)
        await asyncio.to_thread(self.beat.stop, STOP_S)
        await self.announcements.stop()
        for lane in self.lanes:
            lane.stop()
        self.authenticator.stop()
        Gateway.current = None

    async def dismiss(self, connection: Connection) -> None:
        await connection.close(SERVICE_RESTART, "restart")
        await self.leave(connection)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.ended)

    def ended(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            logger.error("a background job of the gateway failed", exc_info=error)

    # Sockets

    @property
    def takes_sockets(self) -> bool:
        return self.doubt() == "" and not self.is_stopping and not self.is_draining

    def doubt(self) -> str:
        """Return why chargers cannot be served now; "" when they can."""
        if self.health.is_down:
            return "database away"
        return "" if self.is_ready.is_set() else "starting"

    async def enter(self, connection: Connection) -> None:
        """Make an accepted socket the station's own. Raises what the database raises."""
        station = connection.station
        wanted = presence.Claim(
            station.station_id,
            connection.connection_id,
            self.gateway_id,
            connection.subprotocol,
            connection.address,
        )
        # One station's sockets in the order of their coming: of two threads the older socket's
        # could be last, and would be taken for the newer one.
        turn = self.turns.setdefault(connection.key, asyncio.Lock())
        async with turn, self.claims:
            claimed = await self.look_ups.run(
                station.schema, unhurried, presence.claim, wanted, now=utc_now()
            )
        connection.epoch = claimed.epoch
        connection.connectors = set(claimed.connectors)
        connection.open_transactions = claimed.open_transactions
        older = self.registry.get(connection.key)
        if older is not None and older.epoch > connection.epoch:
            await connection.close(REPLACED, "replaced by a newer connection")
            return
        self.registry[connection.key] = connection
        self.schemas.add(station.schema)
        if older is not None:
            self.spawn(older.close(REPLACED, "replaced by a newer connection"))
        self.dispatcher.wake(connection)
        if claimed.is_unknown or claimed.lacks_statuses:
            self.ask_later(connection, claimed)

    async def leave(self, connection: Connection) -> None:
        """The socket is gone: forget it, and show the station offline unless it has a newer one."""
        connection.ended()
        if self.registry.get(connection.key) is connection:
            del self.registry[connection.key]
        elif connection.epoch:
            return  # replaced: the row is the newer socket's
        station = connection.station
        try:
            await self.look_ups.run(
                station.schema,
                presence.release,
                station.station_id,
                connection.connection_id,
                now=utc_now(),
            )
        except Exception as error:
            if not is_trouble(error):
                raise
            logger.debug("connection %s: end not stored, see reconcile", connection)

    async def reconcile(self) -> None:
        """Store the ends of sockets that could not be stored when they came, while this runs."""
        while True:
            await asyncio.sleep(RECONCILE_S)
            for schema in sorted(self.schemas):
                held = [
                    one.connection_id
                    for one in self.registry.values()
                    if one.station.schema == schema
                ]
                try:
                    await self.look_ups.run(
                        schema, presence.release_lost, self.gateway_id, held, now=utc_now()
                    )
                except Exception as error:
                    if not is_trouble(error):
                        raise
                    break

    def heard_of_connection(self, payload: str) -> None:
        """Called by the bell's thread: "schema:station:epoch:connection", a socket was claimed."""
        if payload == LOST:
            return
        try:
            self.loop.call_soon_threadsafe(self.close_older, payload)
        except RuntimeError:
            logger.debug("the bell rang after the end of the loop")

    def close_older(self, payload: str) -> None:
        schema, station_id, epoch, _connection_id = payload.split(":")
        connection = self.registry.get((schema, int(station_id)))
        if connection is not None and connection.epoch < int(epoch):
            self.spawn(connection.close(REPLACED, "replaced by a newer connection"))

    def ask_later(self, connection: Connection, claimed: presence.Claimed) -> None:
        """Ask a station that we know too little of, should it not tell by itself."""
        messages = []
        if claimed.is_unknown:
            messages.append(TriggerableMessage.BOOT)
        if claimed.lacks_statuses:
            messages.append(TriggerableMessage.STATUS)
        timer = self.loop.call_later(
            settings.OCPP_TRIGGER_DELAY_S, lambda: self.spawn(self.ask(connection, messages))
        )
        connection.timers.append(timer)

    async def ask(self, connection: Connection, messages: list[TriggerableMessage]) -> None:
        """Send the triggers between two commands; what the station makes of them is its affair."""
        if connection.has_booted:
            return  # it told of its own accord, and reports its connectors after that
        for message in messages:
            call = v16.encode_command(Command.TRIGGER_MESSAGE, {"message": message.value})
            try:
                await connection.call(call.action, call.payload, TRIGGER_TIMEOUT_S)
            except (TimeoutError, ConnectionGoneError):
                return

    # Storing

    def log_exchange(self, connection: Connection, exchange: Exchange) -> None:
        """Write a row of the message log that no answer waits for."""
        unit = connection.conversation.unit(exchange)
        unit.future.add_done_callback(log_lost)
        self.fast.submit(unit)
        self.announce_messages(connection)

    def announce(self, unit: FastUnit, outcome: FastOutcome) -> None:
        """Tell browsers what a stored unit changed."""
        note = self.announcements.note
        note(unit.schema, "messages", unit.location_id, [unit.station_id])
        if outcome.changed_station:
            note(unit.schema, "stations", unit.location_id, [unit.station_id])
        if outcome.activation_id is not None:
            note(unit.schema, "activations", unit.location_id, [outcome.activation_id])

    def announce_messages(self, connection: Connection) -> None:
        station = connection.station
        self.announcements.note(
            station.schema, "messages", station.location_id, [station.station_id]
        )

    def batch_ended(self, trouble: bool) -> None:
        if trouble:
            self.health.failed()
        else:
            self.health.succeeded()

    # Health

    def beat_told(self, is_written: bool) -> None:
        if is_written:
            self.is_ready.set()
            self.health.probed()
        else:
            self.health.failed()

    def database_is_down(self) -> None:
        """Close all sockets, so that stations queue instead of using up their attempts."""
        logger.error("the database is away: closing %d sockets", len(self.registry))
        for connection in list(self.registry.values()):
            self.spawn(connection.close(INTERNAL_ERROR, "try again later"))

    def was_swept(self) -> None:
        """Others took this process for dead: put the rows of its sockets right."""
        logger.warning("gateway %s had been taken for dead", self.gateway_id)
        by_schema: dict[str, list[Connection]] = {}
        for connection in self.registry.values():
            by_schema.setdefault(connection.station.schema, []).append(connection)
        for schema, connections in by_schema.items():
            sockets = [(one.station.station_id, one.connection_id) for one in connections]
            self.spawn(self.look_ups.run(schema, presence.reclaim, sockets, now=utc_now()))


def log_lost(future: asyncio.Future[FastOutcome]) -> None:
    error = None if future.cancelled() else future.exception()
    if error is not None:
        # Told at most once per outage by DatabaseHealth.
        logger.debug("a row of the message log was lost (%s)", type(error).__name__)


def utc_now() -> datetime:
    return datetime.now(UTC)
