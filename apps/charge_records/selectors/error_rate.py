"""Error rates from the roll-up; whoever calls starts from `DailyTotal.visible_to` (CDR-07).

Nothing here reads activations or records: each question is one query over days.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum

from apps.accounts.models import Location, User
from apps.charge_records.domain.outcome import ErrorTally
from apps.charge_records.domain.periods import Period, last_days
from apps.charge_records.domain.rates import Compared, Level, worst_first
from apps.charge_records.domain.statuses import COUNTED_ERROR_CLASSES, ErrorClass
from apps.charge_records.models import DailyTotal
from apps.infrastructure.models import ChargePoint, Station

COUNTED = tuple(one for one in ErrorClass if one in COUNTED_ERROR_CLASSES)
# What lists and pages of the infrastructure show.
USUAL_DAYS = 30

Key = tuple[int | None, ...]
"""What a rate is of: (station, charge point or None), (station,), (location,), or ()."""

KEYS: dict[Level, tuple[str, ...]] = {
    Level.POINTS: ("station", "charge_point"),
    Level.STATIONS: ("station",),
    Level.LOCATIONS: ("station__location",),
    Level.ALL: (),
}
SUMS = {
    "errors": Sum("counted_errors", default=0),
    "number": Sum("activations", default=0),
    "refused": Sum("authorization_failures", default=0),
}


@dataclass(frozen=True, slots=True)
class Place:
    """What a row of the list is of; `station` with `charge_point` None: nobody knows at which."""

    location: Location | None = None
    station: Station | None = None
    charge_point: ChargePoint | None = None


@dataclass(frozen=True, slots=True)
class ClassCount:
    """How many activations ended with an error; a class that does not count says so."""

    error_class: ErrorClass
    number: int
    is_counted: bool


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a line: a day, or a week by its first day."""

    begin: date
    tally: ErrorTally


def compared_sums(period: Period) -> dict[str, Any]:
    """Return the sums of the period and of the one before, for one query over both."""
    before = Q(day__lt=period.first)
    return {
        "errors": Sum("counted_errors", filter=~before, default=0),
        "number": Sum("activations", filter=~before, default=0),
        "refused": Sum("authorization_failures", filter=~before, default=0),
        "errors_before": Sum("counted_errors", filter=before, default=0),
        "number_before": Sum("activations", filter=before, default=0),
    }


def compared(row: dict[str, Any]) -> Compared:
    return Compared(
        ErrorTally(row["errors"], row["number"]),
        ErrorTally(row["errors_before"], row["number_before"]),
        row["refused"],
    )


def overall(totals: QuerySet[Any], period: Period) -> Compared:
    """Return the rate of all totals in the period, beside the period before."""
    return compared(with_before(totals, period).aggregate(**compared_sums(period)))


def with_before(totals: QuerySet[Any], period: Period) -> QuerySet[Any]:
    return totals.filter(day__range=(period.before.first, period.last)).order_by()


def rates(
    totals: QuerySet[Any], period: Period, level: Level, user: User
) -> list[tuple[Key, Compared]]:
    """Return the rate of each place that has any figure in the period, the worst first.

    A location counts with all that is part of it, as everywhere; the parts have rows of their own.
    """
    if level is Level.ALL:
        found: dict[Key, Compared] = {(): overall(totals, period)}
    else:
        names = KEYS[level]
        rows = with_before(totals, period).values(*names).annotate(**compared_sums(period))
        found = {tuple(row[name] for name in names): compared(row) for row in rows}
    if level is Level.LOCATIONS:
        found = with_parts(found, user)
    return worst_first(
        (key, rate) for key, rate in found.items() if rate.now.activations or rate.refused
    )


def with_parts(found: dict[Key, Compared], user: User) -> dict[Key, Compared]:
    """Return the rates of locations with those of their parts, where the person sees the whole."""
    above = parents(user)
    summed: dict[Key, Compared] = {}
    for (location_id,), rate in found.items():
        place = location_id
        while place is not None and place in above:
            key = (place,)
            summed[key] = summed[key].plus(rate) if key in summed else rate
            place = above[place]
    return summed


def parents(user: User) -> dict[int, int | None]:
    """Return of what each location is part, among those that the person may see."""
    return dict(Location.objects.at_locations_of(user).values_list("pk", "parent_id"))


def places(keys: Iterable[Key], level: Level) -> dict[Key, Place]:
    """Return what the keys stand for, in at most two queries."""
    wanted = list(keys)
    if level is Level.ALL:
        return {(): Place()}
    first: list[Any] = [key[0] for key in wanted]
    if level is Level.LOCATIONS:
        return {(row.pk,): Place(row) for row in Location.objects.filter(pk__in=first)}
    stations = Station.objects.select_related("location").in_bulk(first)
    points = (
        ChargePoint.objects.in_bulk([key[1] for key in wanted if key[1] is not None])
        if level is Level.POINTS
        else {}
    )
    named = {}
    for key in wanted:
        station = stations[key[0]]
        point = points.get(key[1]) if len(key) > 1 else None
        named[key] = Place(station.location, station, point)
    return named


def line(totals: QuerySet[Any], period: Period) -> list[Point]:
    """Return the rate by day, or by week of a long period, oldest first and without a gap."""
    rows = totals.filter(day__range=(period.first, period.last)).order_by()
    tallies: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows.values("day").annotate(errors=SUMS["errors"], number=SUMS["number"]):
        tally = tallies[period.point_of(row["day"])]
        tally[0] += row["errors"]
        tally[1] += row["number"]
    return [Point(begin, ErrorTally(*tallies[begin])) for begin in period.each_point()]


def lines(
    totals: QuerySet[Any], period: Period, level: Level, keys: list[Key], user: User
) -> dict[Key, list[Decimal | None]]:
    """Return the line of each of these places, as shares; one query for all of them."""
    names = KEYS[level]
    rows = totals.filter(day__range=(period.first, period.last)).order_by()
    above = parents(user) if level is Level.LOCATIONS else {}
    if level in (Level.POINTS, Level.STATIONS):
        rows = rows.filter(station__in=[key[0] for key in keys])
    wanted = {key: dict.fromkeys(period.each_point(), (0, 0)) for key in keys}
    days = rows.values(*names, "day").annotate(errors=SUMS["errors"], number=SUMS["number"])
    for row in days:
        place: Key = tuple(row[name] for name in names)
        point = period.point_of(row["day"])
        while place:
            if place in wanted:
                errors, number = wanted[place][point]
                wanted[place][point] = (errors + row["errors"], number + row["number"])
            parent = above.get(place[0]) if place[0] is not None else None
            place = () if parent is None else (parent,)
    return {
        key: [ErrorTally(*tally).rate for tally in points.values()]
        for key, points in wanted.items()
    }


def classes(totals: QuerySet[Any], period: Period) -> list[ClassCount]:
    """Return how often each error came, the most frequent first; failed authorisations last."""
    sums = {one.value: Sum(one.value, default=0) for one in COUNTED}
    inside = totals.filter(day__range=(period.first, period.last)).order_by()
    row = inside.aggregate(**sums, refused=SUMS["refused"])
    counted = [ClassCount(one, row[one.value], is_counted=True) for one in COUNTED]
    counted.sort(key=lambda count: -count.number)
    refused = ClassCount(ErrorClass.AUTHORIZATION_FAILED, row["refused"], is_counted=False)
    return [*counted, refused]


def usual_period(today: date) -> Period:
    """Return the days of which lists and pages of the infrastructure show the rate."""
    return last_days(today, USUAL_DAYS)


def usual_rates(user: User, name: str, ids: Iterable[int], *, today: date) -> dict[int, Compared]:
    """Return the rates of the last 30 days by "station" or "charge_point"; for lists and pages."""
    period = usual_period(today)
    rows = with_before(DailyTotal.objects.visible_to(user), period).filter(**{f"{name}__in": ids})
    return {row[name]: compared(row) for row in rows.values(name).annotate(**compared_sums(period))}
