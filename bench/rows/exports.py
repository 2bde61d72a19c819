"""A million charge records as a CSV file, by the job's code and by a bare COPY of the same rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from bench.provision import EMAIL
from bench.stage import Stage
from bench.table import Line, at_most, none_at_all

TITLE = "export of 1,000,000 charge records as CSV beside a bare COPY"
MINUTES = 3
TIMES_COPY = 3
GROWTH_MB = 100
STATIONS = 20


@dataclass(frozen=True, slots=True)
class Size:
    """`records` in one tenant, exported `rounds` times."""

    records: int
    rounds: int


FULL = Size(records=1_000_000, rounds=3)
QUICK = Size(records=2_000, rounds=1)


def stations(size: Size) -> int:
    return 0


def crowd(size: Size, tenants: int) -> int:
    """All records are of one tenant's stations; stations are spread over all tenants."""
    return STATIONS * tenants


def run(stage: Stage, size: Size) -> Iterator[Line]:
    """Yield the seconds of a file, in times of COPY, the memory it took, and rows that differ."""
    tenant = stage.tenants()[0]
    with stage.desk() as desk:
        desk.ask("fill_records", tenant=tenant, number=size.records)
        rounds = desk.ask("export_rounds", tenant=tenant, email=EMAIL, number=size.rounds)
    title = f"CSV of {size.records:,} records"
    ours, bare = (median(one[name] for one in rounds) for name in ("job_s", "bare_s"))
    differ = sum(
        abs(one["rows"] - one["bare_rows"]) + abs(one["lines"] - 1 - one["rows"]) for one in rounds
    )
    grown_mb = max(one["grown_kib"] for one in rounds) / 1024
    yield Line(f"{title}: as a job", ours, "s", floor=bare, places=1)
    yield Line(
        f"{title}: in times of a bare COPY", ours / bare, target=at_most(TIMES_COPY), places=2
    )
    yield Line(f"{title}: memory at its highest above before", grown_mb, "MB", at_most(GROWTH_MB))
    yield Line(f"{title}: rows lost or doubled", differ, target=none_at_all())
