"""The list of charge records with a million of them: first page, deep inside, filtered."""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from bench.browser import Browser
from bench.provision import EMAIL, PASSWORD, host_of
from bench.stage import Stage
from bench.table import Line, at_most

TITLE = "list of charge records at 1,000,000 rows: p95 over HTTP and queries"
MINUTES = 4
PAGE = "/charge_records/chargerecord/"
P95_MS = 400
QUERIES = 25
DEEP_DAYS = 200
STATIONS = 20


@dataclass(frozen=True, slots=True)
class Size:
    """`records` in one tenant; each page is opened `visits` times."""

    records: int
    visits: int


FULL = Size(records=1_000_000, visits=60)
QUICK = Size(records=2_000, visits=3)


def stations(size: Size) -> int:
    return 0


def crowd(size: Size, tenants: int) -> int:
    """All records are of one tenant's stations; stations are spread over all tenants."""
    return STATIONS * tenants


def run(stage: Stage, size: Size) -> Iterator[Line]:
    """Yield the p95 of each page and the most queries that one takes."""
    tenant = stage.tenants()[0]
    with stage.desk() as desk:
        ids = desk.ask("fill_records", tenant=tenant, number=size.records)
        pages = {name: f"{PAGE}?{urlencode(query)}" for name, query in filters(ids).items()}
        most = max(
            desk.ask("queries", tenant=tenant, email=EMAIL, path=path) for path in pages.values()
        )
    with stage.portal() as portal:
        browser = Browser(portal.port, host_of(tenant))
        browser.log_in(EMAIL, PASSWORD)
        title = f"record list, {size.records:,} rows"
        for name, path in pages.items():
            browser.timed(path)
            seconds = [browser.timed(path) for _ in range(size.visits)]
            p95_s = statistics.quantiles(seconds, n=20)[-1]
            yield Line(f"{title}: {name}, p95", p95_s * 1000, "ms", at_most(P95_MS))
        yield Line(f"{title}: most queries of a page", most, target=at_most(QUERIES))


def filters(ids: dict[str, int]) -> dict[str, dict[str, str]]:
    """Return name → query of the pages."""
    deep = datetime.now(UTC) - timedelta(days=DEEP_DAYS)
    year = {"period": "12m"}
    return {
        "first page": {},
        "a year": year,
        "a year, deep by key": year | {"before": f"{deep.isoformat()}_1"},
        "a year, one location": year | {"location": str(ids["location"])},
        "a year, one station": year | {"station": str(ids["station"])},
        "a year, one card": year | {"search": "TAG000000077"},
    }
