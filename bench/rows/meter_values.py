"""MeterValues of ten samples alone, of running transactions."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.processes import FleetProcess
from bench.rows import costs
from bench.stage import Stage
from bench.table import Line

TITLE = "MeterValues alone on uvicorn: CPU per 1,000 messages"
MINUTES = 1
GATEWAY_S = 0.6
DATABASE_S = 0.7


@dataclass(frozen=True, slots=True)
class Size:
    """`chargers` work at once; each sends so many meter values."""

    chargers: int
    meter_values: int


FULL = Size(chargers=100, meter_values=200)
QUICK = Size(chargers=4, meter_values=50)
WARM_UP = 20


def stations(size: Size) -> int:
    return size.chargers * 2


def crowd(size: Size, tenants: int) -> int:
    return 0


def run(stage: Stage, size: Size) -> Iterator[Line]:
    """Yield costs beside the floor's."""

    def warm_up(fleet: FleetProcess) -> None:
        fleet.do("plug_in", meter_values=size.meter_values + WARM_UP)
        fleet.do("meter", meter_values=WARM_UP)

    ours, floor = (
        costs.cost(
            stage,
            server,
            size.chargers,
            warm_up,
            lambda fleet: fleet.do("meter", meter_values=size.meter_values),
        )
        for server in (stage.gateway(), stage.floor())
    )
    yield from costs.lines(
        "MeterValues, uvicorn",
        ours,
        floor,
        gateway_s=GATEWAY_S,
        database_s=DATABASE_S,
        times=None,
    )
