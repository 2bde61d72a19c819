"""Transactions and the queue that outlives a lost connection (OCPP 1.6, sections 3.7 and 3.7.1)."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from apps.ocpp.simulator.frames import Payload
from apps.ocpp.simulator.link import CallRefusedError, CallTimeoutError, LinkClosedError

if TYPE_CHECKING:
    from apps.ocpp.simulator.charger import SimulatedCharger

UNKNOWN_TRANSACTION = -1  # what chargers send whose StartTransaction was never answered


@dataclass(slots=True, eq=False)
class Transaction:
    """One charging transaction as the charger sees it; `id` and `status` come with the answer."""

    connector: int
    id_tag: str
    started_at: datetime
    meter_start_wh: int
    reservation_id: int | None = None
    id: int | None = None
    status: str | None = None
    is_ended: bool = False
    samples: list[dict[str, Any]] = field(default_factory=list)
    # What a signing meter read at the begin; the record of the end holds both.
    begin_reading: dict[str, Any] | None = None
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_refused(self) -> bool:
        """Whether the central system answered with anything but Accepted."""
        return self.status not in (None, "Accepted")


@dataclass(slots=True, eq=False)
class QueuedMessage:
    """A message that must arrive; the payload is made when it is sent (the id may be new)."""

    action: str
    make_payload: Callable[[], Payload]
    on_answer: Callable[[Payload | None], None]
    attempts: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)
    answer: Payload | None = None


class Outbox:
    """Delivers messages in order; survives lost connections and reboots."""

    def __init__(self, charger: "SimulatedCharger") -> None:
        self._charger = charger
        self._messages: deque[QueuedMessage] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._empty = asyncio.Event()
        self._empty.set()

    def __len__(self) -> int:
        return len(self._messages)

    def waiting(self, action: str) -> list[Payload]:
        """Return the payloads of that action that are queued, oldest first."""
        return [message.make_payload() for message in self._messages if message.action == action]

    def put(self, message: QueuedMessage) -> QueuedMessage:
        """Queue a message; it leaves as soon as those before it have."""
        self._messages.append(message)
        self._empty.clear()
        self.kick()
        return message

    def kick(self) -> None:
        """Start delivery unless it runs or there is nothing to deliver."""
        if self._messages and self._charger.is_accepted and not self._is_working():
            self._worker = asyncio.create_task(self._deliver())

    async def drained(self) -> None:
        """Wait until nothing is queued."""
        await self._empty.wait()

    def stop(self) -> None:
        """End delivery; what is queued stays queued."""
        if self._worker is not None:
            self._worker.cancel()

    def _is_working(self) -> bool:
        return self._worker is not None and not self._worker.done()

    async def _deliver(self) -> None:
        while self._messages and self._charger.is_accepted:
            message = self._messages[0]
            try:
                answer = await self._charger.call(message.action, message.make_payload())
            except LinkClosedError:
                return  # kept without counting an attempt; the next connection kicks
            except (CallRefusedError, CallTimeoutError):
                if not await self._may_retry(message):
                    self._finish(message, None)
                continue
            self._finish(message, answer)

    async def _may_retry(self, message: QueuedMessage) -> bool:
        """Wait interval times attempts so far (section 3.7.1); False after the last attempt."""
        message.attempts += 1
        configuration = self._charger.configuration
        if message.attempts >= configuration.integer("TransactionMessageAttempts"):
            self._charger.counters.dropped += 1
            return False
        interval = configuration.integer("TransactionMessageRetryInterval")
        await self._charger.clock.sleep(interval * message.attempts)
        return True

    def _finish(self, message: QueuedMessage, answer: Payload | None) -> None:
        self._messages.popleft()
        message.answer = answer
        message.on_answer(answer)
        message.done.set()
        if not self._messages:
            self._empty.set()
