"""10,000 frames that no charger should send, and some that it should, against a live gateway."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from bench.processes import OrderProcess
from bench.stage import Stage
from bench.table import Line, none_at_all

TITLE = "fuzz: 10,000 frames made by hypothesis against a live gateway"
MINUTES = 3


@dataclass(frozen=True, slots=True)
class Size:
    frames: int


FULL = Size(frames=10_000)
QUICK = Size(frames=100)


def stations(size: Size) -> int:
    return 1


def crowd(size: Size, tenants: int) -> int:
    return 0


def run(stage: Stage, size: Size) -> Iterator[Line]:
    """Yield what went wrong; the seed is printed with the first fault."""
    start = secrets.randbelow(2**32)
    with (
        stage.gateway() as gateway,
        OrderProcess("bench.fuzzing", stage.environment) as fuzzer,
    ):
        told = fuzzer.ask(
            "fuzz",
            host="127.0.0.1",
            port=gateway.port,
            station=stage.stations(1)[0],
            number=size.frames,
            start=start,
        )
        tracebacks = gateway.tracebacks()
    if told["first"]:
        print(f"fuzz, seed {start}: {told['first']}")
    title = f"fuzz, {told['frames']:,} frames"
    for name, key in (
        ("InternalError", "internal"),
        ("not answered", "silent"),
        ("answers that do not fit", "unfit"),
        ("sockets ended", "closed"),
    ):
        yield Line(f"{title}: {name}", told[key], target=none_at_all())
    yield Line(f"{title}: tracebacks", tracebacks, target=none_at_all())
