"""Energy and sessions of the filtered records as bars: by day, month, hour of the day or location.

Days, months and hours are those of the start by the clock of the location, as on the dashboard.
What a filter asks of charge points and days alone comes from the roll-up, all else from the rows.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from apps.accounts.models import Location
from apps.charge_records.choices import By
from apps.charge_records.domain.periods import Period
from apps.charge_records.domain.statuses import BdrMain
from apps.charge_records.selectors.clocks import local_hour, time_zones
from apps.core.time_limits import within

GRAPH_WITHIN = timedelta(seconds=3)
MOST_DAYS = 366
MOST_LOCATIONS = 40

Sums = dict[Any, dict[str, int]]
"""By key: {"plausible": sessions, "energy": Wh, "implausible": sessions}."""


@dataclass(frozen=True, slots=True)
class Bar:
    """`key`: a day, the first day of a month, an hour (0 to 23) or a Location."""

    key: Any
    sessions: int
    energy_wh: int


@dataclass(frozen=True, slots=True)
class Graph:
    """`implausible`: sessions left out of the bars; `left_out`: locations with less energy."""

    bars: list[Bar]
    implausible: int
    left_out: int = 0

    @property
    def sessions(self) -> int:
        return sum(bar.sessions for bar in self.bars)

    @property
    def energy_wh(self) -> int:
        return sum(bar.energy_wh for bar in self.bars)

    @property
    def is_empty(self) -> bool:
        return not any(bar.sessions for bar in self.bars)


def graph_of_records(
    records: QuerySet[Any], by: By, period: Period, *, left_out: Collection[BdrMain]
) -> Graph:
    """Return the bars of the records without those of the statuses `left_out`.

    Raises TookTooLong.
    """
    return graph(within(GRAPH_WITHIN, lambda: sums_of_records(records, by, left_out)), by, period)


def graph_of_totals(totals: QuerySet[Any], by: By, period: Period) -> Graph:
    """Return the bars of the roll-up; it knows no hours."""
    return graph(sums_of_totals(totals, by), by, period)


def sums_of_records(records: QuerySet[Any], by: By, left_out: Collection[BdrMain]) -> Sums:
    keys: dict[By, Any] = {
        By.DAY: F("counted_on"),
        By.MONTH: TruncMonth("counted_on"),
        By.LOCATION: F("station__location"),
    }
    key = keys[by] if by in keys else local_hour("started_at", time_zones())
    is_left_out = Q(bdr_main__in=[status.value for status in left_out])
    rows = (
        records.order_by()
        .annotate(bar=key)
        .values("bar")
        .annotate(
            plausible=Count("pk", filter=~is_left_out),
            energy=Sum("energy_wh", filter=~is_left_out, default=0),
            implausible=Count("pk", filter=is_left_out),
        )
    )
    return {row["bar"]: row for row in rows}


def sums_of_totals(totals: QuerySet[Any], by: By) -> Sums:
    keys: dict[By, Any] = {
        By.DAY: F("day"),
        By.MONTH: TruncMonth("day"),
        By.LOCATION: F("station__location"),
    }
    rows = (
        totals.order_by()
        .annotate(bar=keys[by])
        .values("bar")
        .annotate(
            plausible=Sum("sessions"),
            energy=Sum("energy_wh"),
            implausible=Sum("implausible_sessions"),
        )
    )
    return {row["bar"]: row for row in rows}


def graph(sums: Sums, by: By, period: Period) -> Graph:
    """Return the bars in order; days, months and hours without a session have one with nothing."""
    if by is By.LOCATION:
        return graph_by_location(sums)
    if by is By.HOUR:
        return graph_without_gaps(sums, range(24))
    return graph_without_gaps(sums, period.each_day() if by is By.DAY else period.each_month())


def graph_by_location(sums: Sums) -> Graph:
    """Return the locations with the most energy."""
    shown = sorted(sums, key=lambda key: (-sums[key]["energy"], key))[:MOST_LOCATIONS]
    rows = Location.objects.in_bulk(shown)
    bars = [Bar(rows[key], sums[key]["plausible"], sums[key]["energy"]) for key in shown]
    return Graph(bars, implausible(sums), left_out=len(sums) - len(shown))


def graph_without_gaps(sums: Sums, keys: Iterable[Any]) -> Graph:
    nothing = {"plausible": 0, "energy": 0}
    rows = [(key, sums.get(key, nothing)) for key in keys]
    return Graph(
        [Bar(key, row["plausible"], row["energy"]) for key, row in rows], implausible(sums)
    )


def implausible(sums: Sums) -> int:
    return sum(row["implausible"] for row in sums.values())
