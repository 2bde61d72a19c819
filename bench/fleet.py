"""A process full of chargers: `python -m bench.fleet` reads one order per line, JSON with `do` and
the arguments of the function of that name, and prints one line of JSON when it is done.
"""

import asyncio
import sys
import time
from dataclasses import asdict
from typing import Any

import orjson
import uvloop

from bench.chargers import Charger, Seen
from bench.mix import Day

DIALLING_AT_ONCE = 40


class Fleet:
    """The public methods are the orders; each returns what is printed."""

    def __init__(self) -> None:
        self.chargers: list[Charger] = []
        self.days: list[Day] = []
        self.id_tag = ""

    def begin(self) -> Seen:
        """Let all chargers count anew."""
        seen = Seen()
        for charger in self.chargers:
            charger.seen = seen
        return seen

    async def connect(
        self, host: str, port: int, stations: list[list[str]], id_tag: str
    ) -> dict[str, Any]:
        """Dial in with each station (charge box id, key) and boot."""
        gate = asyncio.Semaphore(DIALLING_AT_ONCE)
        self.id_tag = id_tag
        seen = Seen()
        new = [Charger(name, key, seen) for name, key in stations]

        async def one(charger: Charger) -> None:
            async with gate:
                await charger.dial(host, port)
                await charger.boot()

        await asyncio.gather(*(one(charger) for charger in new))
        self.chargers += new
        return asdict(seen)

    async def mix(self, rounds: int) -> dict[str, Any]:
        """All chargers at once: so many rounds of the mix."""
        seen = self.begin()
        began = time.perf_counter()
        days = [Day.of_rounds(self.id_tag, rounds) for _ in self.chargers]
        await asyncio.gather(
            *(c.rounds(day, rounds) for c, day in zip(self.chargers, days, strict=True))
        )
        seen.seconds = time.perf_counter() - began
        return asdict(seen)

    async def plug_in(self, meter_values: int) -> dict[str, Any]:
        """Start a transaction on each charger, for so many meter values to come."""
        seen = self.begin()
        self.days = [Day.of_rounds(self.id_tag, 1 + meter_values // 100) for _ in self.chargers]
        await asyncio.gather(
            *(charger.start(day) for charger, day in zip(self.chargers, self.days, strict=True))
        )
        return asdict(seen)

    async def meter(self, meter_values: int) -> dict[str, Any]:
        """All chargers at once: so many meter values of the transactions of `plug_in`."""
        seen = self.begin()
        began = time.perf_counter()
        await asyncio.gather(
            *(c.meter(day, meter_values) for c, day in zip(self.chargers, self.days, strict=True))
        )
        seen.seconds = time.perf_counter() - began
        return asdict(seen)

    async def pace(self, per_s: float, seconds: float) -> dict[str, Any]:
        """The mix at a fixed rate over all chargers, however long the answers take."""
        seen = self.begin()
        began = time.perf_counter()
        every_s = len(self.chargers) / per_s
        rounds = 1 + int(seconds / every_s / 100)
        await asyncio.gather(
            *(
                charger.paced(
                    Day.of_rounds(self.id_tag, rounds),
                    first=began + position / per_s,
                    every_s=every_s,
                    until=began + seconds,
                )
                for position, charger in enumerate(self.chargers)
            )
        )
        seen.seconds = time.perf_counter() - began
        return asdict(seen)


async def serve() -> None:
    """Do what the lines of standard input say, until its end."""
    fleet = Fleet()
    while line := await asyncio.to_thread(sys.stdin.readline):
        order = orjson.loads(line)
        told = await getattr(fleet, order.pop("do"))(**order)
        print(orjson.dumps(told).decode(), flush=True)
    for charger in fleet.chargers:
        charger.hang_up()


if __name__ == "__main__":
    uvloop.run(serve())
