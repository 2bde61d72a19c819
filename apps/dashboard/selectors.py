"""Figures of the first page, from roll-ups and bounded look-ups only (CDR-09)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Location, User
from apps.charge_records.domain.outcome import error_rate
from apps.charge_records.domain.statuses import ActivationState
from apps.charge_records.models import Activation, ChargingSession, DailyTotal
from apps.charge_records.selectors import overview
from apps.infrastructure.domain.statuses import ConnectorStatus
from apps.infrastructure.models import ChargePoint, Connector
from apps.infrastructure.selectors.charge_points import status_counts

ROWS = 8
CHART_DAYS = 30
YEAR_DAYS = 365
FAILED_WITHIN = timedelta(hours=24)
PERIODS: list[tuple[str, Promise | str, int]] = [
    ("1d", _("Today"), 1),
    ("7d", _("7 days"), 7),
    ("30d", _("30 days"), 30),
    ("12m", _("12 months"), YEAR_DAYS),
]


@dataclass(frozen=True, slots=True)
class Figures:
    """Plausible energy and sessions of a period; `rate` None without any session."""

    name: str
    label: str | Promise
    energy_wh: int
    sessions: int
    rate: Decimal | None


@dataclass(frozen=True, slots=True)
class Day:
    """Sums of one day over the chosen locations."""

    day: date
    energy_wh: int
    sessions: int
    implausible: int
    errors: int


def at(rows: QuerySet[Any], path: str, location: Location | None) -> QuerySet[Any]:
    """Return the rows at the location and its parts, all of them for None."""
    if location is None:
        return rows
    return rows.filter(**{f"{path}__in": Location.with_parts([location.pk]).values("pk")})


def tile_counts(user: User, location: Location | None) -> dict[str, int]:
    """Return how many charge points are in each status."""
    return status_counts(at(ChargePoint.objects.visible_to(user), "station__location", location))


def days(user: User, location: Location | None, *, today: date) -> list[Day]:
    """Return the days of the last year that have a roll-up, oldest first, in one query."""
    rows = at(DailyTotal.objects.visible_to(user), "location", location).filter(
        day__gt=today - timedelta(days=YEAR_DAYS), day__lte=today
    )
    sums = (
        rows.order_by("day")
        .values("day")
        .annotate(
            energy=Sum("energy_wh"),
            number=Sum("sessions"),
            implausible=Sum("implausible_sessions"),
            errors=Sum("counted_errors"),
        )
    )
    return [
        Day(row["day"], row["energy"], row["number"], row["implausible"], row["errors"])
        for row in sums
    ]


def figures(rows: list[Day], *, today: date) -> list[Figures]:
    """Return the figures of each period that ends today."""
    shown = []
    for name, label, length in PERIODS:
        inside = [row for row in rows if row.day > today - timedelta(days=length)]
        plausible = sum(row.sessions for row in inside)
        judged = plausible + sum(row.implausible for row in inside)
        shown.append(
            Figures(
                name=name,
                label=label,
                energy_wh=sum(row.energy_wh for row in inside),
                sessions=plausible,
                rate=error_rate(errors=sum(row.errors for row in inside), activations=judged),
            )
        )
    return shown


def chart_days(rows: list[Day], *, today: date) -> list[Day]:
    """Return the last 30 days without a gap, oldest first."""
    by_day = {row.day: row for row in rows}
    wanted = [today - timedelta(days=ago) for ago in reversed(range(CHART_DAYS))]
    return [by_day.get(day, Day(day, 0, 0, 0, 0)) for day in wanted]


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
