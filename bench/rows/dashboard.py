"""The dashboard and the error rate with a million records behind them."""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass

from bench.browser import Browser
from bench.provision import EMAIL, PASSWORD, host_of
from bench.stage import Stage
from bench.table import Line, at_most

TITLE = "dashboard and error rate at 1,000,000 rows: p50 and p95 over HTTP, queries"
MINUTES = 4
P95_MS = 200
QUERIES = 25
STATIONS = 20
PAGES = {
    "dashboard": "/",
    "dashboard, 12 months": "/?period=12m",
    "error rate": "/error-rate/",
    "error rate, 12 months": "/error-rate/?period=12m",
    "error rate, 12 months, locations": "/error-rate/?period=12m&level=locations",
}


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
    """Yield p50 and p95 of each page and the most queries that one takes."""
    tenant = stage.tenants()[0]
    with stage.desk() as desk:
        desk.ask("fill_records", tenant=tenant, number=size.records)
        most = max(
            desk.ask("queries", tenant=tenant, email=EMAIL, path=path) for path in PAGES.values()
        )
    with stage.portal() as portal:
        browser = Browser(portal.port, host_of(tenant))
        browser.log_in(EMAIL, PASSWORD)
        for name, path in PAGES.items():
            browser.timed(path)
            seconds = [browser.timed(path) for _ in range(size.visits)]
            title = f"{name}, {size.records:,} rows"
            yield Line(f"{title}: p50", statistics.median(seconds) * 1000, "ms")
            p95_s = statistics.quantiles(seconds, n=20)[-1]
            yield Line(f"{title}: p95", p95_s * 1000, "ms", at_most(P95_MS))
        title = f"dashboard and error rate, {size.records:,} rows: most queries of a page"
        yield Line(title, most, target=at_most(QUERIES))
