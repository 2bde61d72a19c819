"""Latency of answers at a fixed rate (open loop): a stall is felt by all that is due behind it."""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass

from bench.rows import costs
from bench.stage import Stage
from bench.table import Line, at_most, none_at_all

TITLE = "answers at 200 messages per second: p50, p95, p99"
MINUTES = 2
PER_SECOND = 200
P99_MS = 150


@dataclass(frozen=True, slots=True)
class Size:
    """`chargers` share the rate; for `seconds`, after a tenth of that to warm up."""

    chargers: int
    seconds: float


FULL = Size(chargers=200, seconds=40)
QUICK = Size(chargers=10, seconds=1.5)


def stations(size: Size) -> int:
    return size.chargers * 2


def crowd(size: Size, tenants: int) -> int:
    return 0


def run(stage: Stage, size: Size) -> Iterator[Line]:
    """Yield percentiles of the latencies and the CPU beside the floor's."""
    ours, floor = (
        costs.cost(
            stage,
            server,
            size.chargers,
            lambda fleet: fleet.do("pace", per_s=PER_SECOND, seconds=size.seconds / 10),
            lambda fleet: fleet.do("pace", per_s=PER_SECOND, seconds=size.seconds),
        )
        for server in (stage.gateway(), stage.floor())
    )
    title = f"mix at {PER_SECOND}/s, uvicorn"
    for percent, target in ((50, None), (95, None), (99, at_most(P99_MS))):
        yield Line(
            f"{title}: answer p{percent}",
            percentile_ms(ours.seen.latencies_s, percent),
            unit="ms",
            target=target,
            floor=percentile_ms(floor.seen.latencies_s, percent),
            places=1,
        )
    yield Line(
        f"{title}: both CPU",
        ours.total_s,
        unit="s/1,000",
        floor=floor.total_s,
        places=2,
    )
    yield Line(f"{title}: answers that were errors", ours.seen.errors, target=none_at_all())


def percentile_ms(latencies_s: list[float], percent: int) -> float:
    """Return the latency below which so many per cent lie."""
    return statistics.quantiles(latencies_s, n=100)[percent - 1] * 1000
