"""Chargers: one socket each, one message in flight, as OCPP-J demands."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import quote

import orjson

from bench.mix import BOOT, Day, Message
from bench.wire import Wire, handshake, open_wire

CALL, RESULT, ERROR = 2, 3, 4
ANSWER_S = 60.0
ACCEPTED = {"status": "Accepted"}


@dataclass
class Seen:
    """What chargers saw: latencies in seconds, and answers that were no CALLRESULT."""

    messages: int = 0
    errors: int = 0
    first_error: str = ""
    seconds: float = 0.0
    latencies_s: list[float] = field(default_factory=list)

    def note_error(self, text: str) -> None:
        self.errors += 1
        self.first_error = self.first_error or text


class Charger:
    """A charger of one station; `seen` may be replaced between two pieces of work."""

    def __init__(self, name: str, key: str, seen: Seen) -> None:
        self.name, self.key = name, key
        self.seen = seen
        self.ids = count(1)
        self.awaited = b""
        self.answer: asyncio.Future[Any] | None = None
        self.wire: Wire | None = None

    async def dial(self, host: str, port: int, *, timeout_s: float = 60.0) -> None:
        """Connect. Raises wire.Refused, OSError, TimeoutError."""
        path = f"/device/ocpp16/{quote(self.name)}"
        request = handshake(f"{host}:{port}", path, self.name, self.key)
        self.wire = await open_wire(host, port, request, self.on_text, timeout_s)
        self.wire.closed.add_done_callback(self.on_closed)

    def on_closed(self, closed: asyncio.Future[int | None]) -> None:
        """Whoever awaits an answer learns that none will come."""
        is_current = self.wire is not None and self.wire.closed is closed
        if is_current and self.answer is not None and not self.answer.done():
            self.answer.set_exception(ConnectionResetError(f"closed with {closed.result()}"))

    def on_text(self, text: bytes) -> None:
        message = orjson.loads(text)
        if message[0] == CALL:
            self.obey(message)
        elif self.answer is not None and not self.answer.done() and message[1] == self.awaited:
            self.answer.set_result(message)
        else:
            self.seen.note_error(f"{self.name}: unexpected {message}")

    def obey(self, call: list[Any]) -> None:
        """Answer what the central system asks of us."""
        assert self.wire is not None
        self.wire.send(orjson.dumps([RESULT, call[1], ACCEPTED]))

    async def call(self, action: str, payload: dict[str, Any], *, due: float | None = None) -> Any:
        """Send a CALL and return the payload of its answer; an error is counted.

        The latency counts from `due` (of the performance counter), where the message should have
        left, so that a stall is felt by all that wait behind it. Raises ConnectionResetError when
        the socket has ended or ends meanwhile.
        """
        began = time.perf_counter() if due is None else due
        try:
            message = await asyncio.wait_for(
                self.exchange(action, payload, f"{next(self.ids)}"), ANSWER_S
            )
        except TimeoutError:
            self.seen.note_error(f"{self.name}: {action} was not answered in {ANSWER_S:.0f} s")
            return {}
        self.seen.latencies_s.append(time.perf_counter() - began)
        self.seen.messages += 1
        if message[0] != RESULT:
            self.seen.note_error(f"{self.name}: {action}: {message}")
            return {}
        return message[2]

    def exchange(
        self, action: str, payload: dict[str, Any], message_id: str
    ) -> asyncio.Future[list[Any]]:
        """Send a CALL; the future is its answer's frame. Raises ConnectionResetError when the
        socket has ended, as the future does when it ends meanwhile.
        """
        assert self.wire is not None
        if self.wire.closed.done():
            raise ConnectionResetError(f"closed with {self.wire.close_code}")
        self.awaited = message_id
        self.answer = asyncio.get_running_loop().create_future()
        self.wire.send(orjson.dumps([CALL, message_id, action, payload]))
        return self.answer

    async def boot(self) -> None:
        await self.call("BootNotification", BOOT)

    async def tell_statuses(self) -> None:
        """Tell the status of the charger (connector 0) and of its connector."""
        for connector in (0, 1):
            body = {"connectorId": connector, "errorCode": "NoError", "status": "Available"}
            await self.call("StatusNotification", body)

    async def start(self, day: Day) -> None:
        """Start a transaction and remember its number."""
        answer = await self.call(*day.start())
        day.transaction_id = answer.get("transactionId", 0)

    async def rounds(self, day: Day, number: int) -> None:
        """Live through so many rounds of the mix, without a pause."""
        for _ in range(number):
            for action, payload in day.round():
                answer = await self.call(action, payload)
                if action == "StartTransaction":
                    day.transaction_id = answer.get("transactionId", 0)

    async def take_place(self, day: Day, place: int) -> Iterator[Message]:
        """Get to a place in the round, with what is under way there; return what comes next."""
        messages, under_way = day.from_place(place)
        if under_way is not None:
            answer = await self.call(*under_way)
            day.transaction_id = answer.get("transactionId", 0)
        return messages

    async def paced(
        self, day: Day, messages: Iterator[Message], *, first: float, every_s: float, until: float
    ) -> None:
        """Live through the messages, and then rounds of the mix, with a message each `every_s`
        seconds from `first` to `until`.
        """
        due = first
        while True:
            for action, payload in messages:
                if due >= until:
                    return
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                answer = await self.call(action, payload, due=due)
                if action == "StartTransaction":
                    day.transaction_id = answer.get("transactionId", 0)
                due += every_s
            messages = day.round()

    async def meter(self, day: Day, number: int) -> None:
        for _ in range(number):
            await self.call(*day.meter_values())

    def hang_up(self) -> None:
        if self.wire is not None:
            self.wire.close()
