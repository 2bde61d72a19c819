"""Memory of a gateway process per charger that is connected and says nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.processes import FleetProcess, memory_kib
from bench.provision import CARD
from bench.stage import Stage
from bench.table import Line, at_most, none_at_all

TITLE = "memory per idle connected charger"
MINUTES = 2
KB_PER_CHARGER = 60


@dataclass(frozen=True, slots=True)
class Size:
    """`idle` chargers are weighed; `before` others have loaded what is loaded at first use."""

    before: int
    idle: int


FULL = Size(before=50, idle=2000)
QUICK = Size(before=2, idle=10)


def stations(size: Size) -> int:
    return 0


def crowd(size: Size, tenants: int) -> int:
    return size.before + size.idle


def run(stage: Stage, size: Size) -> Iterator[Line]:
    """Yield kB (1,000 bytes) of memory (PSS) per charger."""
    chosen = [one[:2] for one in stage.crowd(size.before + size.idle)]
    weights = []
    errors = 0
    with stage.gateway() as gateway, FleetProcess() as fleet:
        for part in (chosen[: size.before], chosen[size.before :]):
            order = {"host": "127.0.0.1", "port": gateway.port, "id_tag": CARD}
            errors += fleet.do("connect", stations=part, **order).errors
            errors += fleet.do("tell_statuses").errors
            weights.append(memory_kib(gateway.pid))
    per_charger = (weights[1] - weights[0]) * 1.024 / size.idle
    title = f"idle charger, {size.idle:,} connected"
    yield Line(f"{title}: memory", per_charger, "kB", at_most(KB_PER_CHARGER), places=1)
    yield Line(f"{title}: answers that were errors", errors, target=none_at_all())
