"""One socket of a station: what came in is worked off in order, one call goes out at a time.

An idle connection holds no task of its own: a worker runs while there are messages, no longer.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from apps.ocpp.adapters.models import ModelProfile, profile_of
from apps.ocpp.conversation import Conversation
from apps.ocpp.frames import Call, CallError, CallResult, Frame, Malformed, parse, serialise
from apps.ocpp.lanes.units import Exchange
from apps.ocpp.models.exchanges import Direction, Outcome
from apps.ocpp.secrets import readable, secret_in, without

if TYPE_CHECKING:
    from apps.ocpp.gateway import Gateway

logger = logging.getLogger(__name__)

INBOX_MAX = 16
"""Messages of one station that may wait; then its socket is not read."""
LATE_KEPT = 8
ANSWERED_WITHIN_S = 2.0
"""So long a command that follows from a message waits for the answer to that message."""
Send = Callable[[dict[str, Any]], Awaitable[None]]


class ConnectionGoneError(Exception):
    """The socket closed before the station answered."""


@dataclass(frozen=True, slots=True)
class StationFacts:
    """What the gateway knows of the station behind a socket."""

    schema: str
    station_id: int
    charge_box_id: str
    location_id: int
    zone: tzinfo
    protocol: str
    # As the station reported it at its last boot; "" where it never booted.
    vendor: str = ""


@dataclass(slots=True)
class Received:
    """A message waiting for its turn."""

    frame: Call | Malformed
    text: str
    at: datetime


@dataclass(slots=True)
class Pending:
    """Our call that waits for its answer."""

    message_id: str
    action: str
    answer: asyncio.Future[CallResult | CallError]


@dataclass(slots=True, eq=False)
class Connection:
    """State of one socket; all of it belongs to the event loop's thread."""

    gateway: Gateway
    station: StationFacts
    send: Send
    subprotocol: str
    address: str
    connection_id: UUID = field(default_factory=uuid4)
    epoch: int = 0
    is_closed: bool = False
    has_booted: bool = False
    # Filled when presence is claimed, kept up to date by the conversation.
    connectors: set[int] = field(default_factory=set)
    open_transactions: dict[int, int] = field(default_factory=dict)
    waiting: deque[Received] = field(default_factory=deque)
    worker: asyncio.Task[None] | None = None
    has_room: asyncio.Event | None = None
    pending: Pending | None = None
    call_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    # (message id, action, secret that it carried) of our calls that went unanswered.
    late: deque[tuple[str, str, str]] = field(default_factory=lambda: deque(maxlen=LATE_KEPT))
    # Owned by the dispatcher: is it carrying commands, and did the bell ring meanwhile?
    is_dispatching: bool = False
    is_rung: bool = False
    timers: list[asyncio.TimerHandle] = field(default_factory=list)
    conversation: Conversation = field(init=False)
    # What the manufacturer's chargers do differently.
    model: ModelProfile = field(init=False)

    def __post_init__(self) -> None:
        self.model = profile_of(self.station.vendor)
        self.conversation = Conversation(self)

    @property
    def key(self) -> tuple[str, int]:
        return self.station.schema, self.station.station_id

    def __str__(self) -> str:
        return f"{self.station.schema}/{self.station.station_id}#{self.epoch}"

    # In

    async def receive(self, message: str | bytes) -> None:
        """Take a message from the socket; returns late where too many wait (back-pressure)."""
        now = datetime.now(UTC)
        text = message if isinstance(message, str) else message.decode("utf-8", "replace")
        frame = parse(message)
        if isinstance(frame, (CallResult, CallError)) or (
            isinstance(frame, Malformed) and frame.is_answer
        ):
            self.take_answer(frame, text, now)
            return
        self.waiting.append(Received(frame, text, now))
        if self.worker is None:
            self.worker = asyncio.create_task(self.work())
        if len(self.waiting) >= INBOX_MAX:
            self.has_room = asyncio.Event()
            await self.has_room.wait()

    async def work(self) -> None:
        """Answer what waits, one after the other, each answer after its commit."""
        try:
            while self.waiting and not self.is_closed:
                received = self.waiting.popleft()
                if self.has_room is not None and len(self.waiting) < INBOX_MAX // 2:
                    self.has_room.set()
                    self.has_room = None
                await self.conversation.answer(received)
        finally:
            self.worker = None
            if self.has_room is not None:
                self.has_room.set()
                self.has_room = None

    # Out

    async def send_text(self, text: str) -> None:
        """Send a frame; a socket that is gone is no error, the station will come back and ask."""
        if self.is_closed:
            return
        try:
            await self.send({"type": "websocket.send", "text": text})
        except OSError:
            self.is_closed = True

    async def call(self, action: str, payload: dict[str, Any], timeout_s: float) -> Frame:
        """Send a call once no other one is in flight; return its CallResult or CallError.

        Raises TimeoutError, and ConnectionGoneError when the socket closes meanwhile. Either way
        the exchange is in the message log.
        """
        async with self.call_lock:
            if self.is_closed:
                raise ConnectionGoneError
            loop = asyncio.get_running_loop()
            pending = Pending(str(uuid4()), action, loop.create_future())
            text = serialise(Call(pending.message_id, action, payload))
            secret = secret_in(action, payload)
            kept = serialise(Call(pending.message_id, action, without(secret, payload)))
            exchange = self.exchange(Direction.TO_STATION, pending.message_id, action, kept)
            self.pending = pending
            try:
                await self.send_text(text)
                if self.is_closed:
                    raise ConnectionGoneError
                answer = await asyncio.wait_for(pending.answer, timeout_s)
            except (TimeoutError, ConnectionGoneError):
                self.late.append((pending.message_id, action, secret))
                self.gateway.log_exchange(self, exchange)
                raise
            finally:
                self.pending = None
            frame = readable(action, secret, answer)
            exchange.answer = serialise(frame)
            exchange.answered_at = datetime.now(UTC)
            is_error = isinstance(frame, CallError)
            exchange.outcome = Outcome.ERROR if is_error else Outcome.RESULT
            exchange.error_code = frame.code if isinstance(frame, CallError) else ""
            self.gateway.log_exchange(self, exchange)
            return frame

    async def answered(self) -> None:
        """Wait until the station has the answers to what it sent; not for long."""
        if self.worker is not None:
            await asyncio.wait({self.worker}, timeout=ANSWERED_WITHIN_S)

    def take_answer(
        self, frame: CallResult | CallError | Malformed, text: str, now: datetime
    ) -> None:
        """Give an answer to the call it belongs to; any other one is logged and ignored."""
        pending = self.pending
        if (
            pending is not None
            and frame.message_id == pending.message_id
            and not pending.answer.done()
        ):
            if isinstance(frame, Malformed):
                frame = CallError(frame.message_id, frame.code, frame.reason)
            pending.answer.set_result(frame)
            return
        action, secret = next(
            ((name, sent) for late_id, name, sent in self.late if late_id == frame.message_id),
            ("", ""),
        )
        if action and not isinstance(frame, Malformed):
            text = serialise(readable(action, secret, frame))
        flag = "late_answer" if action else "unexpected_answer"
        logger.info("connection %s: %s", self, flag)
        exchange = self.exchange(Direction.FROM_STATION, frame.message_id, action, text)
        exchange.requested_at, exchange.flags = now, (flag,)
        self.gateway.log_exchange(self, exchange)

    def exchange(self, direction: str, message_id: str, action: str, request: str) -> Exchange:
        """Return a row of the message log that has no answer yet."""
        return Exchange(
            self.station.station_id,
            self.connection_id,
            direction,
            message_id,
            action,
            request,
            datetime.now(UTC),
        )

    # End

    def unfinished(self) -> list[asyncio.Future[Any]]:
        """Return what was begun and is not answered: messages of the station, our call to it."""
        begun = [self.worker, None if self.pending is None else self.pending.answer]
        return [work for work in begun if work is not None and not work.done()]

    async def close(self, code: int, reason: str = "") -> None:
        """Close the socket from our side."""
        if self.is_closed:
            return
        self.ended()
        try:
            await self.send({"type": "websocket.close", "code": code, "reason": reason})
        except OSError:
            logger.debug("connection %s was closed already", self)

    def ended(self) -> None:
        """The socket is closed: nobody waits for it any more."""
        self.is_closed = True
        for timer in self.timers:
            timer.cancel()
        self.timers.clear()
        if self.pending is not None and not self.pending.answer.done():
            self.pending.answer.set_exception(ConnectionGoneError())
        if self.has_room is not None:
            self.has_room.set()
