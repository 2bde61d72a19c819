"""Figures of the first page, from roll-ups and bounded look-ups only (CDR-09)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Location, User
from apps.charge_records.domain.outcome import error_rate
from apps.charge_records.domain.periods import Period, last_months, named_period
from apps.charge_records.domain.statuses import ActivationState
from apps.charge_records.models import Activation, ChargingSession, DailyTotal, HourlyTotal
from apps.charge_records.selectors import overview
from apps.infrastructure.domain.statuses import ConnectorStatus, StationState
from apps.infrastructure.models import ChargePoint, Connector, Station
from apps.infrastructure.selectors.charge_points import status_counts
from apps.jobs.models import Job
from apps.jobs.selectors import Card, card

ROWS = 8
FAILED_WITHIN = timedelta(hours=24)
DAY_S = 24 * 60 * 60
HOURS = 24
TODAY, YEAR = "1d", "12m"
PERIODS: dict[str, Promise | str] = {
    TODAY: _("Today"),
    "7d": _("7 days"),
    "30d": _("30 days"),
    YEAR: _("12 months"),
}
USUAL = "30d"


@dataclass(frozen=True, slots=True)
class Sums:
    """Plausible energy, sessions and charging time; what was left out; errors and their whole."""

    energy_wh: int = 0
    sessions: int = 0
    occupied_s: int = 0
    implausible: int = 0
    errors: int = 0
    activations: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """The sums of a period and what follows from them; None where there is nothing to divide by."""

    name: str
    label: str | Promise
    period: Period
    sums: Sums
    rate: Decimal | None
    occupancy: Decimal | None


@dataclass(frozen=True, slots=True)
class Bar:
    """Of the chart: `begin` a day, the first day of a month, or an hour of today."""

    begin: date | int
    energy_wh: int
    sessions: int


@dataclass(frozen=True, slots=True)
class Connections:
    """How many stations in operation are connected, and how many are not."""

    online: int
    offline: int


def at(rows: QuerySet[Any], path: str, location: Location | None) -> QuerySet[Any]:
    """Return the rows at the location and its parts, all of them for None."""
    if location is None:
        return rows
    return rows.filter(**{f"{path}__in": Location.with_parts([location.pk]).values("pk")})


def tile_counts(user: User, location: Location | None) -> dict[str, int]:
    """Return how many charge points are in each status."""
    return status_counts(at(ChargePoint.objects.visible_to(user), "station__location", location))


def days(user: User, location: Location | None, *, today: date) -> dict[date, Sums]:
    """Return the sums of each day of the last twelve months that has a roll-up, in one query."""
    year = last_months(today)
    rows = at(DailyTotal.objects.visible_to(user), "station__location", location)
    rows = rows.filter(day__range=(year.first, year.last)).order_by("day").values("day")
    sums = rows.annotate(
        energy=Sum("energy_wh"),
        number=Sum("sessions"),
        occupied=Sum("occupied_s"),
        left_out=Sum("implausible_sessions"),
        errors=Sum("counted_errors"),
        attempts=Sum("activations"),
    )
    return {
        row["day"]: Sums(
            row["energy"],
            row["number"],
            row["occupied"],
            row["left_out"],
            row["errors"],
            row["attempts"],
        )
        for row in sums
    }


def added(parts: Iterable[Sums]) -> Sums:
    """Return the sums of all parts together."""
    found = list(parts)
    return Sums(*(sum(getattr(part, name) for part in found) for name in Sums.__dataclass_fields__))


def within(rows: dict[date, Sums], period: Period) -> Sums:
    return added(sums for day, sums in rows.items() if period.contains(day))


def figures(rows: dict[date, Sums], *, charge_points: int, today: date) -> list[Figures]:
    """Return the figures of each period that ends today; `charge_points`: in operation now."""
    shown = []
    for name, label in PERIODS.items():
        period = named_period(name, today)
        sums = within(rows, period)
        rate = error_rate(errors=sums.errors, activations=sums.activations)
        share = occupancy(sums.occupied_s, charge_points=charge_points, days=period.days)
        shown.append(Figures(name, label, period, sums, rate, share))
    return shown


def occupancy(occupied_s: int, *, charge_points: int, days: int) -> Decimal | None:
    """Return the share of the charge points' time in which somebody charged, 0 to 1.

    None without a charge point in operation. A session counts wholly on the day of its start, so
    one of several days could make more than the whole of that day; no more than all is shown.
    """
    if charge_points <= 0:
        return None
    return min(Decimal(occupied_s) / (charge_points * days * DAY_S), Decimal(1))


def bars(
    user: User, location: Location | None, rows: dict[date, Sums], name: str, *, today: date
) -> list[Bar]:
    """Return the chart of a period without a gap: by hour of today, by day, by month of a year."""
    if name == TODAY:
        return hours(user, location, today=today)
    period = named_period(name, today)
    if name != YEAR:
        nothing = Sums()
        shown = ((day, rows.get(day, nothing)) for day in period.each_day())
        return [Bar(day, sums.energy_wh, sums.sessions) for day, sums in shown]
    months = {month: [0, 0] for month in period.each_month()}
    for day, sums in rows.items():
        bar = months[day.replace(day=1)]
        bar[0] += sums.energy_wh
        bar[1] += sums.sessions
    return [Bar(month, *bar) for month, bar in months.items()]


def hours(user: User, location: Location | None, *, today: date) -> list[Bar]:
    """Return the 24 hours of today, by the clocks of the locations, for who may see its total."""
    may_see = user.has_perm("charge_records.view_dailytotal")
    seen = HourlyTotal.objects.at_locations_of(user) if may_see else HourlyTotal.objects.none()
    rows = at(seen, "station__location", location)
    sums = rows.filter(day=today).order_by("hour").values("hour")
    found = {
        row["hour"]: Bar(row["hour"], row["energy"], row["number"])
        for row in sums.annotate(energy=Sum("energy_wh"), number=Sum("sessions"))
    }
    return [found.get(hour, Bar(hour, 0, 0)) for hour in range(HOURS)]


def connections(user: User, location: Location | None) -> Connections:
    """Return how many stations in operation are connected now, in one query."""
    rows = at(Station.objects.visible_to(user), "location", location)
    counts = rows.filter(state=StationState.INSTALLED.value).aggregate(
        online=Count("pk", filter=Q(connection__is_online=True)), number=Count("pk")
    )
    return Connections(counts["online"], counts["number"] - counts["online"])


def jobs(user: User) -> list[Card]:
    """Return the jobs that wait or run and that the person may see, newest first."""
    rows = Job.objects.visible_to(user).open().select_related("requested_by")
    return [card(job, user) for job in rows.order_by("-requested_at", "-pk")[:ROWS]]


def running(user: User, location: Location | None) -> QuerySet[Any]:
    """Return the sessions that charge now, newest first."""
    visible = ChargingSession.objects.visible_to(user)
    return overview.running_sessions(at(visible, "station__location", location))


def running_count(user: User, location: Location | None) -> int:
    """Return how many sessions charge now; the partial index on open sessions serves it."""
    return int(running(user, location).order_by().aggregate(number=Count("pk"))["number"])


def faults(user: User, location: Location | None) -> list[Connector]:
    """Return the connectors that report a fault now, newest first."""
    rows = at(Connector.objects.visible_to(user), "station__location", location)
    faulted = rows.filter(status=ConnectorStatus.FAULTED.value)
    related = ("charge_point", "station", "station__location")
    return list(faulted.select_related(*related).order_by("-status_at", "-pk")[:ROWS])


def failed_activations(user: User, location: Location | None, *, now: datetime) -> list[Activation]:
    """Return the newest activations of the last 24 hours that failed or were refused."""
    rows = at(Activation.objects.visible_to(user), "station__location", location).filter(
        began_at__gte=now - FAILED_WITHIN,
        state__in=[ActivationState.FAILED.value, ActivationState.REFUSED.value],
    )
    return list(overview.with_details(rows).order_by("-began_at", "-pk")[:ROWS])
