"""A gateway under 10,000 frames that hypothesis made up: `python -m bench.fuzzing` reads orders as
bench.desk does. The strategies, and what a fitting answer is, belong to the tests.
"""

import asyncio
import contextlib
import sys
from collections import Counter
from typing import Any

import orjson
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from bench.wire import BINARY, TEXT, Wire, handshake, open_wire
from tests.ocpp.fuzz.judging import fault_of, is_answered
from tests.ocpp.fuzz.strategies import messages

PER_EXAMPLE = 10
ANSWER_S = 20.0
LAST = '[2,"end of the frames","Heartbeat",{}]'
INTERNAL = "InternalError"


class Fuzzer:
    """One socket at a time; a new one where the gateway ended it, which counts."""

    def __init__(self, host: str, port: int, station: list[str]) -> None:
        self.host, self.port, self.station = host, port, station
        self.answers: asyncio.Queue[bytes] = asyncio.Queue()
        self.wire: Wire | None = None
        self.counts: Counter[str] = Counter(frames=0, internal=0, silent=0, unfit=0, closed=0)
        self.first = ""

    async def dial(self) -> Wire:
        name, key = self.station
        request = handshake(f"{self.host}:{self.port}", f"/device/ocpp16/{name}", name, key)
        self.answers = asyncio.Queue()
        wire = await open_wire(self.host, self.port, request, self.answers.put_nowait, ANSWER_S)
        self.wire = wire
        return wire

    async def exchange(self, frames: list[str | bytes]) -> None:
        """Send all frames and a heartbeat, and judge their answers in order."""
        wire = self.wire if self.wire and not self.wire.closed.done() else await self.dial()
        for frame in [*frames, LAST]:
            self.counts["frames"] += frame != LAST
            if isinstance(frame, bytes):
                wire.send(frame, BINARY)
            else:
                wire.send(frame.encode(), TEXT)
        for frame in [*(frame for frame in frames if is_answered(frame)), LAST]:
            answer = await self.next_answer(wire)
            if answer is None:
                kind = "closed" if wire.closed.done() else "silent"
                self.note(kind, frame)
                wire.close()
                return
            if fault := fault_of(frame, orjson.loads(answer)):
                self.note("internal" if fault.startswith(INTERNAL) else "unfit", frame, fault)

    async def next_answer(self, wire: Wire) -> bytes | None:
        """Return the next answer; None when the socket ended or nothing came in ANSWER_S."""
        while True:
            coming = asyncio.ensure_future(self.answers.get())
            await asyncio.wait(
                {coming, wire.closed}, timeout=ANSWER_S, return_when=asyncio.FIRST_COMPLETED
            )
            if not coming.done():
                coming.cancel()
                return None
            answer = coming.result()
            if orjson.loads(answer)[0] != 2:  # what the central system asks meanwhile
                return answer

    def note(self, kind: str, frame: str | bytes, fault: str = "") -> None:
        self.counts[kind] += 1
        self.first = self.first or f"{fault or kind}: {frame!r}"


def fuzz(host: str, port: int, station: list[str], number: int, start: int) -> dict[str, Any]:
    """Send so many frames, made from the seed `start`; return counts and the first fault."""
    with asyncio.Runner() as runner:
        fuzzer = Fuzzer(host, port, station)

        @seed(start)
        @settings(
            max_examples=number // PER_EXAMPLE,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(st.lists(messages(), min_size=PER_EXAMPLE, max_size=PER_EXAMPLE))
        def send(frames: list[str | bytes]) -> None:
            runner.run(fuzzer.exchange(frames))

        while fuzzer.counts["frames"] < number:
            send()
        if fuzzer.wire is not None:
            fuzzer.wire.close()
            with contextlib.suppress(TimeoutError):
                runner.run(asyncio.wait_for(fuzzer.wire.closed, ANSWER_S))
    return {**fuzzer.counts, "first": fuzzer.first}


if __name__ == "__main__":
    while line := sys.stdin.readline():
        order = orjson.loads(line)
        del order["do"]  # there is but one
        print(orjson.dumps(fuzz(**order)).decode(), flush=True)
