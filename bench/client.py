"""Chargers of the benchmark, in a process of their own: `python -m bench.client` reads its orders
as one JSON line, dials in, prints "connected", waits for a line, works, and prints what it saw.
"""

import asyncio
import base64
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect

from bench.mix import BOOT, Day

CONNECTS_AT_ONCE = 20


@dataclass
class Orders:
    """What the process is to do: `stations` is a list of charge box id and password."""

    url: str
    stations: list[list[str]]
    id_tag: str
    rounds: int


@dataclass
class Seen:
    """What the chargers saw: latencies in seconds, and answers that were no CALLRESULT."""

    messages: int = 0
    errors: int = 0
    first_error: str = ""
    seconds: float = 0.0
    latencies_s: list[float] = field(default_factory=list)


class Charger:
    """One socket; one message at a time, as OCPP-J demands."""

    def __init__(self, socket: ClientConnection, seen: Seen) -> None:
        self.socket = socket
        self.seen = seen
        self.sent = 0

    async def call(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send a CALL and return the payload of its answer; an error is counted."""
        self.sent += 1
        message_id = str(self.sent)
        began = time.perf_counter()
        await self.socket.send(orjson.dumps([2, message_id, action, payload]).decode())
        while (answer := orjson.loads(await self.socket.recv()))[1] != message_id:
            await self.refuse(answer)
        self.seen.latencies_s.append(time.perf_counter() - began)
        self.seen.messages += 1
        if answer[0] != 3:
            self.seen.errors += 1
            self.seen.first_error = self.seen.first_error or f"{action}: {answer}"
            return {}
        return dict(answer[2])

    async def refuse(self, call: list[Any]) -> None:
        """Answer what the central system asks of a charger: not here."""
        error = [4, call[1], "NotSupported", "", {}]
        await self.socket.send(orjson.dumps(error).decode())

    async def work(self, day: Day, rounds: int) -> None:
        for _ in range(rounds):
            for action, payload in day.round():
                answer = await self.call(action, payload)
                if action == "StartTransaction":
                    day.transaction_id = answer.get("transactionId", 0)


async def dial(orders: Orders, station: list[str], seen: Seen, gate: asyncio.Semaphore) -> Charger:
    """Connect one charger and let it boot."""
    name, password = station
    token = base64.b64encode(f"{name}:{password}".encode()).decode()
    async with gate:
        socket = await connect(
            f"{orders.url}/device/ocpp16/{name}",
            subprotocols=["ocpp1.6"],  # type: ignore[list-item]
            additional_headers={"Authorization": f"Basic {token}"},
            compression=None,
            open_timeout=60,
            ping_interval=None,
        )
        charger = Charger(socket, seen)
        await charger.call(*BOOT)
    return charger


async def run(orders: Orders) -> Seen:
    """Do the work of one process; the pauses are the parent's, for its measurements."""
    gate = asyncio.Semaphore(CONNECTS_AT_ONCE)
    boots, seen = Seen(), Seen()
    chargers = await asyncio.gather(*(dial(orders, s, boots, gate) for s in orders.stations))
    print("connected", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    for charger in chargers:
        charger.seen = seen
    began = time.perf_counter()
    days = [Day(orders.id_tag) for _ in chargers]
    await asyncio.gather(
        *(charger.work(day, orders.rounds) for charger, day in zip(chargers, days, strict=True))
    )
    seen.seconds = time.perf_counter() - began
    seen.errors += boots.errors
    seen.first_error = boots.first_error or seen.first_error
    print(orjson.dumps(asdict(seen)).decode(), flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    for charger in chargers:
        await charger.socket.close()
    return seen


if __name__ == "__main__":
    asyncio.run(run(Orders(**orjson.loads(sys.stdin.readline()))))
