"""Half an hour of ordinary work: memory and file handles of a gateway must not grow."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

from bench.processes import file_handles, resident_kib
from bench.stage import Stage
from bench.table import Line, at_most, none_at_all

TITLE = "soak: 500 chargers, 30 minutes (--soak-minutes): memory and file handles"
MINUTES = 32
GROWTH_PERCENT = 10
SAMPLES = 120


@dataclass(frozen=True, slots=True)
class Size:
    """`seconds` of `per_s` messages of the mix, all chargers together."""

    chargers: int
    seconds: float
    per_s: float


FULL = Size(chargers=500, seconds=30 * 60, per_s=50)
QUICK = Size(chargers=5, seconds=3, per_s=50)


def stations(size: Size) -> int:
    return size.chargers


def crowd(size: Size, tenants: int) -> int:
    return 0


def run(stage: Stage, size: Size) -> Iterator[Line]:
    """Yield the growth from the second tenth of the time, when all is loaded, to its last."""
    memory, handles = [], []
    chosen = stage.stations(size.chargers)
    with ExitStack() as stack:
        for worker in stage.workers():
            stack.enter_context(worker)
        gateway = stack.enter_context(stage.gateway())
        fleet = stack.enter_context(stage.fleet(gateway, chosen))
        fleet.order("pace", per_s=size.per_s, seconds=size.seconds)
        began = time.monotonic()
        for number in range(1, SAMPLES + 1):
            due = began + number * size.seconds / SAMPLES
            time.sleep(max(0.0, due - time.monotonic()))
            memory.append(resident_kib(gateway.pid))
            handles.append(file_handles(gateway.pid))
        seen = fleet.told()
        tracebacks = gateway.tracebacks()
    title = f"soak, {size.chargers} chargers, {size.seconds / 60:.1f} min"
    yield Line(f"{title}: memory at the end", memory[-1] / 1024, "MiB", places=1)
    yield Line(f"{title}: memory growth", growth(memory), "%", at_most(GROWTH_PERCENT), places=1)
    yield Line(f"{title}: file handles more", difference(handles), target=at_most(0), places=1)
    yield Line(f"{title}: messages", seen["messages"])
    yield Line(f"{title}: answers that were errors", seen["errors"], target=none_at_all())
    yield Line(f"{title}: tracebacks", tracebacks, target=none_at_all())


def difference(samples: Sequence[int]) -> float:
    """Return the median of the last tenth less that of the second."""
    tenth = len(samples) // 10
    return median(samples[-tenth:]) - median(samples[tenth : 2 * tenth])


def growth(samples: Sequence[int]) -> float:
    """Return the difference in per cent. Example: 100, then 110 at the end -> 10.0."""
    tenth = len(samples) // 10
    return difference(samples) / median(samples[tenth : 2 * tenth]) * 100
