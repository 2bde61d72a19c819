"""CPU of gateway and database for the same work, on the gateway and on the floor."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from bench.chargers import Seen
from bench.processes import Database, FleetProcess, Server, cpu_s
from bench.stage import Stage
from bench.table import Line, at_most, none_at_all

TIMES_FLOOR = 3

Work = Callable[[FleetProcess], Any]


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds per 1,000 messages; `database_s` None where the server is elsewhere."""

    gateway_s: float
    database_s: float | None
    seen: Seen

    @property
    def total_s(self) -> float | None:
        return None if self.database_s is None else self.gateway_s + self.database_s


def measured(server: Server, database: Database, work: Callable[[], Seen]) -> Cost:
    """Do the work and return what it cost."""
    gateway, before = cpu_s(server.pid), database.cpu_s()
    seen = work()
    gateway, after = cpu_s(server.pid) - gateway, database.cpu_s()
    thousands = seen.messages / 1000
    spent = None if before is None or after is None else (after - before) / thousands
    return Cost(gateway / thousands, spent, seen)


def cost(
    stage: Stage,
    starting: AbstractContextManager[Server],
    chargers: int,
    warm_up: Work,
    work: Work,
) -> Cost:
    """Start the server, connect chargers, warm up and measure the work."""
    with starting as server, stage.fleet(server, stage.stations(chargers)) as fleet:
        warm_up(fleet)
        return measured(server, stage.database, lambda: work(fleet))


def lines(
    title: str,
    ours: Cost,
    floor: Cost,
    *,
    gateway_s: float,
    database_s: float,
    times: float | None,
    rows: Cost | None = None,
) -> Iterator[Line]:
    """Yield CPU of both, their sum beside the floor's, and errors. Targets in s per 1,000.

    `rows`: the cost of a floor that writes the same rows.
    """
    shape: dict[str, Any] = {"unit": "s/1,000", "places": 2}
    yield Line(
        f"{title}: gateway CPU",
        ours.gateway_s,
        target=at_most(gateway_s),
        floor=floor.gateway_s,
        **shape,
    )
    yield Line(
        f"{title}: PostgreSQL CPU",
        ours.database_s,
        target=at_most(database_s),
        floor=floor.database_s,
        **shape,
    )
    if times is not None and ours.total_s and floor.total_s:
        yield Line(
            f"{title}: both, in times of the floor",
            ours.total_s / floor.total_s,
            target=at_most(times),
            places=1,
        )
    if rows is not None and ours.total_s and rows.total_s:
        yield Line(
            f"{title}: both, in times of a floor of the same rows",
            ours.total_s / rows.total_s,
            floor=1,
            places=1,
        )
    yield Line(f"{title}: answers that were errors", ours.seen.errors, target=none_at_all())
