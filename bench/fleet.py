"""A process full of chargers: `python -m bench.fleet` reads one order per line, JSON with `do` and
the arguments of the function of that name, and prints one line of JSON when it is done.
"""

import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import uvloop

from bench.chargers import ANSWER_S, Charger, Seen
from bench.loyal import Loyal
from bench.loyalty import Diary
from bench.mix import MESSAGES_PER_ROUND, Day, Message
from bench.wire import Refused

DIALLING_AT_ONCE = 40
# Chargers notice the end of a socket within this time, and wait so long between two attempts.
NOTICED_WITHIN_S = 1.0
REDIAL_S = (1.0, 3.0)
# Stations that race at a time, and how often a pair tries to be answered.
RACING_AT_ONCE = 4
RACES_MAX = 3


class Storm:
    """What happens while all dial in at once."""

    def __init__(self, began: float) -> None:
        self.began = began
        self.dice = random.Random(1)
        self.settled_s: list[float] = []
        self.server_errors = 0
        self.cut_off = 0
        self.reasons: Counter[str] = Counter()

    async def settle(self, charger: Charger, host: str, port: int) -> None:
        """Dial, boot and tell the statuses; again after a while when that fails."""
        await asyncio.sleep(self.dice.uniform(0, NOTICED_WITHIN_S))
        while True:
            try:
                await charger.dial(host, port)
                await charger.boot()
                await charger.tell_statuses()
            except Refused as refused:
                self.server_errors += refused.status >= 500
                self.reasons[str(refused)] += 1
            except OSError as error:  # the time-out is one, too
                self.cut_off += 1
                self.reasons[str(error) or type(error).__name__] += 1
            else:
                self.settled_s.append(time.perf_counter() - self.began)
                return
            await asyncio.sleep(self.dice.uniform(*REDIAL_S))

    def told(self, chargers: int) -> dict[str, Any]:
        return {
            "settled_s": max(self.settled_s, default=0.0),
            "unsettled": chargers - len(self.settled_s),
            "server_errors": self.server_errors,
            "cut_off": self.cut_off,
            "reasons": dict(self.reasons.most_common(5)),
        }


class Race:
    """Pairs of the same start, each over all gateways at once."""

    def __init__(self, host: str, ports: list[int], id_tag: str) -> None:
        self.host = host
        self.ports = ports
        self.id_tag = id_tag
        self.gate = asyncio.Semaphore(RACING_AT_ONCE)
        self.unanswered = 0
        self.differing = 0

    async def run(self, name: str, key: str, pairs: int) -> None:
        """Let the station start so often, an hour apart by its clock."""
        began = datetime.now(UTC) - timedelta(hours=pairs)
        async with self.gate:
            for number in range(pairs):
                at = began + timedelta(hours=number)
                start = {"connectorId": 1, "idTag": self.id_tag, "meterStart": number}
                await self.pair(name, key, start | {"timestamp": at.isoformat()})

    async def pair(self, name: str, key: str, start: dict[str, Any]) -> None:
        """Send the start over each gateway; the newer socket closes the other one."""
        for _ in range(RACES_MAX):
            racers = [self.racer(name, key, port, start) for port in self.ports]
            answers = [one for one in await asyncio.gather(*racers) if one is not None]
            if answers:
                self.differing += any(answer != answers[0] for answer in answers)
                return
        self.unanswered += 1

    async def racer(self, name: str, key: str, port: int, start: dict[str, Any]) -> Any:
        """Return the payload of the answer, None where the socket was closed before it came."""
        charger = Charger(name, key, Seen())
        try:
            await charger.dial(self.host, port)
            frame = await asyncio.wait_for(
                charger.exchange("StartTransaction", start, f"{port}"), ANSWER_S
            )
        except OSError:  # ConnectionResetError, Refused and TimeoutError are among them
            return None
        finally:
            charger.hang_up()
        return frame[2]


class Fleet:
    """The public methods are the orders; each returns what is printed."""

    def __init__(self) -> None:
        self.chargers: list[Charger] = []
        self.days: list[Day] = []
        self.id_tag = ""
        self.loyal: list[Loyal] = []
        self.tasks: list[asyncio.Task[None]] = []

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

    async def storm(self, host: str, port: int, within_s: float) -> dict[str, Any]:
        """All chargers dial in again, boot and tell their statuses, and try until they are in.

        Returns `settled_s` (the last one), `unsettled` after `within_s`, and what happened on the
        way: `server_errors` (handshakes answered 5xx), `cut_off` (ended by the gateway, or late),
        `reasons` (how often each), `errors`.
        """
        seen = self.begin()
        storm = Storm(time.perf_counter())
        tasks = [asyncio.create_task(storm.settle(one, host, port)) for one in self.chargers]
        _, late = await asyncio.wait(tasks, timeout=within_s)
        for task in late:
            task.cancel()
        return {**storm.told(len(self.chargers)), "errors": seen.errors}

    async def be_loyal(
        self, host: str, ports: list[int], stations: list[list[str]], id_tag: str
    ) -> int:
        """Let each station charge without pause on any of the gateways; returns at once."""
        for seed, (name, key) in enumerate(stations):
            dice = random.Random(seed)
            charger = Charger(name, key, Seen())
            loyal = Loyal(charger, host, ports, Diary(dice, id_tag), dice)
            self.loyal.append(loyal)
            self.tasks.append(asyncio.create_task(loyal.run()))
        return len(stations)

    async def answered(self) -> int:
        """Return how many messages of loyal chargers were answered so far."""
        for task in self.tasks:
            if task.done():
                task.result()
        return sum(loyal.answered for loyal in self.loyal)

    async def be_disloyal(self) -> dict[str, Any]:
        """Let loyal chargers end what they charge, and tell what they know: `truths` (charge box
        id → rows, see bench.loyalty), `resent`, `refusals`.
        """
        for loyal in self.loyal:
            loyal.is_stopping = True
        await asyncio.gather(*self.tasks)
        return {
            "truths": {
                loyal.charger.name: [truth.row() for truth in loyal.diary.truths]
                for loyal in self.loyal
            },
            "resent": sum(loyal.resent for loyal in self.loyal),
            "refusals": sum(len(loyal.refusals) for loyal in self.loyal),
        }

    async def race(
        self, host: str, ports: list[int], stations: list[list[str]], pairs: int, id_tag: str
    ) -> dict[str, int]:
        """Let each station send so many starts over all gateways at once; return how many stayed
        `unanswered`, and how many were answered differently (`differing`).
        """
        race = Race(host, ports, id_tag)
        await asyncio.gather(*(race.run(name, key, pairs) for name, key in stations))
        return {"unanswered": race.unanswered, "differing": race.differing}

    async def tell_statuses(self) -> dict[str, Any]:
        """Each charger tells the status of itself and of its connector."""
        seen = self.begin()
        await asyncio.gather(*(charger.tell_statuses() for charger in self.chargers))
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
        """The mix at a fixed rate over all chargers, however long the answers take.

        Each charger is at a place of its own in the round: beginning together, all would show their
        cards in one second and start in the next, and no second would be like the mix.
        """
        every_s = len(self.chargers) / per_s
        rounds = 2 + int(seconds / every_s / MESSAGES_PER_ROUND)
        days = [Day.of_rounds(self.id_tag, rounds) for _ in self.chargers]
        gate = asyncio.Semaphore(DIALLING_AT_ONCE)

        async def take_place(position: int) -> Iterator[Message]:
            async with gate:
                place = position * MESSAGES_PER_ROUND // len(self.chargers)
                return await self.chargers[position].take_place(days[position], place)

        self.begin()
        to_come = await asyncio.gather(*map(take_place, range(len(self.chargers))))
        order = list(range(len(self.chargers)))
        random.Random(1).shuffle(order)  # neighbours in time are not neighbours in the round
        seen = self.begin()
        began = time.perf_counter()
        await asyncio.gather(
            *(
                self.chargers[position].paced(
                    days[position],
                    to_come[position],
                    first=began + turn / per_s,
                    every_s=every_s,
                    until=began + seconds,
                )
                for turn, position in enumerate(order)
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
