"""Figures of each location's day, kept with each record: dashboards never sum rows (CDR-09)."""

from datetime import date
from zoneinfo import ZoneInfo

from django.db.models import F

from apps.charge_records.domain.days import day_of
from apps.charge_records.domain.outcome import Outcome
from apps.charge_records.domain.statuses import BdrMain
from apps.charge_records.models import ChargeRecord, ChargingSession, DailyTotal

# Their energy and number say nothing about the business (CDR-09).
IMPLAUSIBLE = frozenset({BdrMain.ERROR, BdrMain.EXCLUSION})


def contribution(record: ChargeRecord, outcome: Outcome, *, is_refused: bool) -> dict[str, int]:
    """Return what a record adds to its day, by column. A refused authorisation is no error."""
    is_plausible = outcome.main not in IMPLAUSIBLE
    return {
        "sessions": int(is_plausible),
        "implausible_sessions": int(not is_plausible),
        "energy_wh": record.energy_wh if is_plausible else 0,
        "counted_errors": int(outcome.counts_in_error_rate and not is_refused),
    }


def local_day(session: ChargingSession) -> date:
    """Return the day of the session's end at its location."""
    assert session.ended_at is not None
    assert session.stop_received_at is not None
    zone = ZoneInfo(session.station.location.time_zone)
    return day_of(session.ended_at, session.stop_received_at, zone)


def count_record(
    record: ChargeRecord, session: ChargingSession, outcome: Outcome, *, is_refused: bool
) -> None:
    """Add a new record to its day. Call once per record, in the transaction that makes it."""
    add(session, contribution(record, outcome, is_refused=is_refused))


def count_change(session: ChargingSession, before: dict[str, int], after: dict[str, int]) -> None:
    """Bring the day up to date after a record was judged once more (`contribution` of both)."""
    changes = {column: after[column] - before[column] for column in after}
    if any(changes.values()):
        add(session, changes)


def add(session: ChargingSession, amounts: dict[str, int]) -> None:
    key = {"location_id": session.station.location_id, "day": local_day(session)}
    DailyTotal.objects.bulk_create([DailyTotal(**key)], ignore_conflicts=True)
    DailyTotal.objects.filter(**key).update(
        **{column: F(column) + amount for column, amount in amounts.items()}
    )
