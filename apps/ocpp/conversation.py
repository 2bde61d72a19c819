"""From a message of a station to our answer: judge, decode, store, answer after the commit."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from apps.ocpp import inbox
from apps.ocpp.adapters import v16
from apps.ocpp.adapters.models import profile_of
from apps.ocpp.frames import Call, CallError, CallResult, ErrorCode, Malformed, serialise, storable
from apps.ocpp.inbox import Answered
from apps.ocpp.lanes.health import DatabaseAwayError, is_trouble
from apps.ocpp.lanes.slow import TIMEOUT_S
from apps.ocpp.lanes.units import Exchange, FastOutcome, FastUnit, MeterValues, progress_of
from apps.ocpp.message_log import Work
from apps.ocpp.models.exchanges import Direction, Outcome
from apps.vocabulary import events
from apps.vocabulary.answers import StartAnswer

if TYPE_CHECKING:
    from apps.ocpp.connection import Connection, Received

logger = logging.getLogger(__name__)

ANSWERS_KEPT = 4
# Clocks run on: these are answered anew even when a station uses a message id again.
NEVER_REPEATED = frozenset({"BootNotification", "Heartbeat"})
# A station has one call in flight: only what a new socket brings first may have been stored before,
# through an older one. Ours: three, for stations that send further without an answer.
LOOKED_UP_MAX = 3
REPEATED = "repeated"


class Conversation:
    """The part of a connection that answers; called for one message at a time, in order."""

    __slots__ = ("connection", "looked_up", "recent")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.looked_up = 0
        # (message id, hash of the whole message, answer): the last ones, for repetitions.
        self.recent: deque[tuple[str, int, str]] = deque(maxlen=ANSWERS_KEPT)

    async def answer(self, received: Received) -> None:
        """Answer one message; never raises, the connection lives on."""
        frame = received.frame
        try:
            if isinstance(frame, Malformed):
                text = await self.refuse(received, frame.code, frame.message_id, frame.reason)
            else:
                text = await self.answer_call(received, frame)
            outcome = "result" if text.startswith("[3") else "refused"
        except Exception as error:  # noqa: BLE001 answered, and told in the log
            self.note_failure(error)
            text, outcome = self.internal_error(received), "internal_error"
        self.connection.gateway.answers.count(frame, outcome)
        await self.connection.send_text(text)

    def internal_error(self, received: Received) -> str:
        """Return the answer to what we could not store; it is logged if that can be."""
        code = ErrorCode.INTERNAL_ERROR
        text = serialise(CallError(received.frame.message_id, code, "try again later"))
        exchange = self.exchange(received, text, ())
        exchange.outcome, exchange.error_code = Outcome.ERROR, code
        self.connection.gateway.log_exchange(self.connection, exchange)
        return text

    def note_failure(self, error: Exception) -> None:
        """Tell trouble with the database from a fault of ours."""
        if is_trouble(error):
            self.connection.gateway.health.failed()
            # An outage meets every station: DatabaseHealth tells it once.
            logger.debug("connection %s: not stored (%s)", self.connection, type(error).__name__)
        else:
            logger.error("connection %s: a message failed", self.connection, exc_info=error)

    async def answer_call(self, received: Received, call: Call) -> str:
        """Return the frame that answers a request, stored together with it."""
        known = self.recent_answer(received, call)
        if known is not None:
            await self.store(self.exchange(received, known, (REPEATED,)))
            return known
        verdict = v16.judge(call.action, call.payload)
        if not verdict.ok:
            code = verdict.code or ErrorCode.GENERIC_ERROR
            reason = f"{verdict.path}: {verdict.reason}" if verdict.path else verdict.reason
            return await self.refuse(received, code, call.message_id, reason)
        event = v16.decode(
            call.action,
            call.payload,
            received.at,
            zone=self.connection.station.zone,
            flags=(*call.flags, *verdict.flags),
            model=self.connection.model,
        )
        if type(event) in inbox.FAST:
            text = await self.answer_fast(received, call, event)
        else:
            text = await self.answer_slow(received, call, event)
        if call.action not in NEVER_REPEATED:
            self.recent.append((call.message_id, hash(received.text), text))
        return text

    def recent_answer(self, received: Received, call: Call) -> str | None:
        """Return the answer that this very message got on this socket a moment ago."""
        digest = hash(received.text) if self.recent else 0
        for message_id, known, text in self.recent:
            if message_id == call.message_id and known == digest:
                return text
        return None

    def may_be_repeated(self) -> bool:
        """Say whether to look in the message log for this transaction message."""
        self.looked_up += 1
        return self.looked_up <= LOOKED_UP_MAX

    # Fast lane

    async def answer_fast(self, received: Received, call: Call, event: events.Event) -> str:
        answer = inbox.FAST[type(event)](received.at)
        text = serialise(CallResult(call.message_id, v16.encode_answer(call.action, answer)))
        unit = self.unit(self.exchange(received, text, event.flags))
        if isinstance(event, events.MeterSampled):
            self.add_samples(unit, event, received.at)
        elif isinstance(event, events.StatusReported):
            await self.ensure_connector(event.connector)
            unit.status = event
        outcome = await self.submit(unit)
        return outcome.repeated_answer or text

    def add_samples(self, unit: FastUnit, event: events.MeterSampled, now: datetime) -> None:
        """Let the unit write the samples to their transaction (see `transaction_of`)."""
        connection = self.connection
        transaction_id = event.transaction_id or self.transaction_of(event.connector)
        station_id = connection.station.station_id
        unit.meter_values = MeterValues(
            station_id, event.connector, transaction_id, now, event.samples
        )
        if transaction_id is not None:
            unit.progress = progress_of(transaction_id, event.samples)
        unit.may_be_repeated = self.may_be_repeated()

    def transaction_of(self, connector: int) -> int | None:
        """Return the open transaction of a connector whose station named none (or 0, or -1).

        Connector 0 is the station's only one, where it has one.
        """
        connection = self.connection
        if connector == 0 and len(connection.connectors) == 1:
            connector = next(iter(connection.connectors))
        return connection.open_transactions.get(connector)

    async def ensure_connector(self, number: int) -> None:
        """Make a connector that master data do not know, so that its status has a place."""
        connection = self.connection
        if number == 0 or number in connection.connectors:
            return
        station = connection.station
        made = await connection.gateway.slow.run(
            station.schema, inbox.ensure_connector, station.station_id, number
        )
        if made:
            connection.connectors.add(number)

    def unit(self, exchange: Exchange) -> FastUnit:
        connection = self.connection
        station = connection.station
        future: asyncio.Future[FastOutcome] = asyncio.get_running_loop().create_future()
        return FastUnit(station.schema, station.station_id, station.location_id, exchange, future)

    async def submit(self, unit: FastUnit) -> FastOutcome:
        """Store a unit; raises TimeoutError and what the database raises."""
        gateway = self.connection.gateway
        # Not `wait_for`: it costs a future and a turn of the loop more for every message.
        async with asyncio.timeout(TIMEOUT_S):
            outcome = await gateway.fast.submit(unit)
        gateway.announce(unit, outcome)
        return outcome

    async def store(self, exchange: Exchange) -> None:
        await self.submit(self.unit(exchange))

    # Slow lane

    async def answer_slow(self, received: Received, call: Call, event: events.Event) -> str:
        connection = self.connection
        station = connection.station
        if isinstance(event, events.TransactionStarted):
            await self.ensure_connector(event.connector)
        work = Work(
            station.station_id,
            connection.connection_id,
            call,
            storable(received.text),
            event,
            received.at,
            may_be_repeated=call.action in v16.BILLING_ACTIONS and self.may_be_repeated(),
        )
        answered = await connection.gateway.slow.run(station.schema, inbox.answer_and_store, work)
        connection.gateway.health.succeeded()
        connection.gateway.announce_messages(connection)
        self.follow(event, answered)
        return answered.text

    def follow(self, event: events.Event, answered: Answered) -> None:
        """Keep what the connection must know of the answer."""
        connection = self.connection
        if isinstance(event, events.StationBooted):
            connection.has_booted = True
            connection.model = profile_of(event.vendor)
            connection.gateway.dispatcher.wake(connection)
        elif isinstance(event, events.TransactionStarted):
            if isinstance(answered.answer, StartAnswer):
                connection.open_transactions[event.connector] = answered.answer.transaction_id
        elif isinstance(event, events.TransactionEnded):
            for connector, transaction_id in list(connection.open_transactions.items()):
                if transaction_id == event.transaction_id:
                    del connection.open_transactions[connector]

    # Refusals

    async def refuse(
        self, received: Received, code: ErrorCode, message_id: str, reason: str
    ) -> str:
        """Return the CALLERROR and log it; it leaves even where it cannot be stored."""
        text = serialise(CallError(message_id, code, reason))
        flags = () if isinstance(received.frame, Malformed) else received.frame.flags
        exchange = self.exchange(received, text, flags)
        exchange.outcome, exchange.error_code = Outcome.ERROR, code
        try:
            await self.store(exchange)
        except (DatabaseAwayError, TimeoutError) as error:
            self.note_failure(error)
        return text

    def exchange(self, received: Received, answer: str, flags: tuple[str, ...]) -> Exchange:
        """Return the answered row of the message log, with nothing that cannot be stored."""
        frame = received.frame
        return Exchange(
            self.connection.station.station_id,
            self.connection.connection_id,
            Direction.FROM_STATION,
            storable(frame.message_id),
            storable(frame.action) if isinstance(frame, Call) else "",
            storable(received.text),
            received.at,
            storable(answer),
            datetime.now(UTC),
            Outcome.RESULT,
            "",
            flags,
        )
