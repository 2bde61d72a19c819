"""R5: the same start at two gateways in the same moment is one transaction with one answer."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.processes import FleetProcess
from bench.provision import CARD
from bench.stage import Stage
from bench.table import Line, at_least, none_at_all

TITLE = "pairs of the same start racing over two gateways"
MINUTES = 2
# A charger that dials more than 15 times a minute is cooled down; each pair dials twice or more.
PAIRS_A_STATION = 5
RACED = 0.2
STARTS = "SELECT count(*) FROM charge_records_chargingsession WHERE station_id = %s"
# Starts that more than one message was answered with.
TAKEN_TWICE = (
    "SELECT count(*) FROM (SELECT 1 FROM ocpp_messageexchange WHERE station_id = %s "
    "AND action = 'StartTransaction' GROUP BY answer::jsonb -> 2 HAVING count(*) > 1) AS pairs"
)


@dataclass(frozen=True, slots=True)
class Size:
    pairs: int


FULL = Size(pairs=1000)
QUICK = Size(pairs=10)


def stations(size: Size) -> int:
    return -(-size.pairs // PAIRS_A_STATION)


def crowd(size: Size, tenants: int) -> int:
    return 0


def run(stage: Stage, size: Size) -> Iterator[Line]:
    """Yield what was lost, doubled or answered differently, and how many pairs met."""
    chosen = stage.stations(stations(size))
    with stage.gateway() as first, stage.gateway() as second, FleetProcess() as fleet:
        told = fleet.ask(
            "race",
            host="127.0.0.1",
            ports=[first.port, second.port],
            stations=chosen,
            pairs=PAIRS_A_STATION,
            id_tag=CARD,
        )
    pairs = len(chosen) * PAIRS_A_STATION
    names = [name for name, _ in chosen]
    stored = sum(stage.value_of(name, STARTS) for name in names)
    met = sum(stage.value_of(name, TAKEN_TWICE) for name in names)
    title = f"{pairs:,} racing pairs"
    yield Line(f"{title}: without an answer", told["unanswered"], target=none_at_all())
    yield Line(f"{title}: answered differently", told["differing"], target=none_at_all())
    yield Line(f"{title}: lost", max(0, pairs - stored), target=none_at_all())
    yield Line(f"{title}: doubled", max(0, stored - pairs), target=none_at_all())
    yield Line(f"{title}: taken by both gateways", met, target=at_least(pairs * RACED))
