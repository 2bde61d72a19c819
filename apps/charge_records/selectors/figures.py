"""Figures for the dashboard, from roll-ups where there are any; each starts from `visible_to`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from apps.accounts.models import User
from apps.charge_records.domain.outcome import ErrorTally
from apps.charge_records.domain.statuses import (
    COUNTED_ERROR_CLASSES,
    ActivationState,
    SessionState,
)
from apps.charge_records.models import Activation, ChargingSession, DailyTotal

COUNTED = [error_class.value for error_class in COUNTED_ERROR_CLASSES]
SUMS = {
    "energy": Sum("energy_wh", default=0),
    "good": Sum("sessions", default=0),
    "bad": Sum("implausible_sessions", default=0),
    "errors": Sum("counted_errors", default=0),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """Energy in Wh and number of plausible sessions; beside them those left out and with errors."""

    energy_wh: int = 0
    sessions: int = 0
    implausible_sessions: int = 0
    counted_errors: int = 0


@dataclass(frozen=True, slots=True)
class DayFigures:
    day: date
    figures: Figures


@dataclass(frozen=True, slots=True)
class LocationFigures:
    location_id: int
    name: str
    figures: Figures


def energy_by_day(user: User, days: int, *, today: date) -> list[DayFigures]:
    """Return each of the last `days` days up to today, oldest first."""
    rows = in_period(user, days, today=today).order_by("day").values("day").annotate(**SUMS)
    known = {row["day"]: read(row) for row in rows}
    wanted = (today - timedelta(days=back) for back in range(days - 1, -1, -1))
    return [DayFigures(day, known.get(day, Figures())) for day in wanted]


def totals(user: User, days: int, *, today: date) -> Figures:
    """Return the sums of the last `days` days up to today."""
    return read(in_period(user, days, today=today).aggregate(**SUMS))


def energy_by_location(user: User, days: int, *, today: date) -> list[LocationFigures]:
    """Return the sums per location, most energy first."""
    rows = (
        in_period(user, days, today=today)
        .order_by()
        .values("location_id", "location__name")
        .annotate(**SUMS)
        .order_by("-energy", "location__name")
    )
    return [LocationFigures(row["location_id"], row["location__name"], read(row)) for row in rows]


def in_period(user: User, days: int, *, today: date) -> QuerySet[Any]:
    """Return the roll-ups of the last `days` days that the user may see."""
    first = today - timedelta(days=days - 1)
    return DailyTotal.objects.visible_to(user).filter(day__range=(first, today))


def read(row: Mapping[str, Any]) -> Figures:
    return Figures(row["energy"], row["good"], row["bad"], row["errors"])


def error_tally(user: User, *, since: datetime, until: datetime) -> ErrorTally:
    """Return activations begun in the period and those with a counted error (CDR-07). One query.

    Refused authorisations are in neither number.
    """
    return tally(Activation.objects.visible_to(user).filter(began_at__range=(since, until)))


def tally(activations: QuerySet[Any]) -> ErrorTally:
    """Return the counts over any activations, for example those of one station."""
    counts = activations.exclude(state=ActivationState.REFUSED.value).aggregate(
        all=Count("pk"), errors=Count("pk", filter=Q(error_class__in=COUNTED))
    )
    return ErrorTally(counts["errors"], counts["all"])


def running_sessions_count(user: User) -> int:
    """Return how many sessions charge now."""
    return ChargingSession.objects.visible_to(user).filter(state=SessionState.ACTIVE.value).count()
