"""Figures of each charge point's day, kept with records and activations (CDR-07, CDR-09).

A row of either adds its share to the roll-up. Who changes a row takes its share before and after
and has the difference written, last in the transaction:

    before = shares_of(record, activation)
    ...
    count_change(before, shares_of(record, activation))
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Model

from apps.charge_records.domain.days import day_of, hour_of
from apps.charge_records.domain.outcome import is_counted
from apps.charge_records.domain.statuses import IMPLAUSIBLE, ActivationState, ErrorClass
from apps.charge_records.models import (
    Activation,
    ChargeRecord,
    ChargingSession,
    DailyTotal,
    HourlyTotal,
)
from apps.core import rows

UNCOUNTED_AT_ONCE = 500

Key = tuple[Any, ...]
"""Station, charge point (None: not known) and day; for hours the hour too."""


@dataclass(slots=True)
class Shares:
    """What rows add to the roll-ups: amounts by column, for each day and hour of a charge point."""

    days: dict[Key, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    hours: dict[Key, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


def shares_of(*counted: ChargeRecord | Activation | None) -> Shares:
    """Return what the rows add as they stand; nothing where they are not counted (yet)."""
    shares = Shares()
    for row in counted:
        if row is None or row.counted_on is None:
            continue
        key = (row.station_id, row.charge_point_id, row.counted_on)
        if isinstance(row, Activation):
            shares.days[key].update(attempt_columns(row))
        else:
            columns = record_columns(row)
            shares.days[key].update(columns)
            if columns["sessions"]:
                amounts = {"sessions": 1, "energy_wh": row.energy_wh}
                shares.hours[*key, local_hour(row.session)].update(amounts)
    return shares


def record_columns(record: ChargeRecord) -> dict[str, int]:
    """Return what a record adds to its day, by column."""
    is_plausible = record.bdr_main not in IMPLAUSIBLE
    return {
        "sessions": int(is_plausible),
        "implausible_sessions": int(not is_plausible),
        "energy_wh": record.energy_wh if is_plausible else 0,
        "occupied_s": record.duration_s if is_plausible else 0,
    }


def attempt_columns(activation: Activation) -> dict[str, int]:
    """Return what an activation that is over adds to its day, by column.

    A failed authorisation is no error and no activation (DOMAIN 5); errors count once, in the class
    of the first one.
    """
    if activation.state == ActivationState.REFUSED:
        return {"authorization_failures": 1}
    columns = {"activations": 1}
    if activation.error_class and is_counted(ErrorClass(activation.error_class)):
        columns |= {"counted_errors": 1, activation.error_class: 1}
    return columns


def count_change(before: Shares, after: Shares) -> None:
    """Write the difference into the roll-ups: a statement for days, one for hours, if any."""
    for model, old, new in (
        (DailyTotal, before.days, after.days),
        (HourlyTotal, before.hours, after.hours),
    ):
        changes = {}
        for key in old.keys() | new.keys():
            change = Counter(new.get(key, Counter()))
            change.subtract(old.get(key, Counter()))
            if any(change.values()):
                changes[key] = change
        if changes:
            add(model, changes)


def add(model: type[Model], changes: dict[Key, Counter[str]]) -> None:
    """Add the amounts. Rows are locked in the order of their keys, whoever else adds some."""
    names, columns, _statement = addition(model, 1)
    ordered = sorted(changes.items(), key=lambda item: in_order(item[0]))
    values: dict[str, Any] = {}
    for number, (key, amounts) in enumerate(ordered):
        for name, value in zip(names, key, strict=True):
            values[f"{name}_{number}"] = value
        for column in columns:
            values[f"{column}_{number}"] = amounts[column]
    rows.write(addition(model, len(ordered))[2], values)


def in_order(key: Key) -> Key:
    """Return the key as it sorts: a charge point that is not known comes first."""
    station_id, charge_point_id, *rest = key
    return (station_id, charge_point_id or 0, *rest)


@lru_cache(maxsize=64)
def addition(model: type[Model], number: int) -> tuple[list[str], list[str], str]:
    """Return the columns of the key, those of amounts, and the statement for so many rows."""
    fields: list[Any] = [one for one in model._meta.concrete_fields if not one.primary_key]
    unique = {"station", "charge_point", "day", "hour"}
    names = [one.column for one in fields if one.name in unique]
    columns = [one.column for one in fields if one.name not in unique]
    marks = (
        f"({', '.join(f'%({column}_{row})s' for column in [*names, *columns])})"
        for row in range(number)
    )
    table = model._meta.db_table
    additions = ", ".join(f"{column} = t.{column} + EXCLUDED.{column}" for column in columns)
    return (
        names,
        columns,
        (
            f'INSERT INTO "{table}" AS t ({", ".join([*names, *columns])}) '  # noqa: S608 our own names
            f"VALUES {', '.join(marks)} ON CONFLICT ({', '.join(names)}) DO UPDATE SET {additions}"
        ),
    )


def local_day(session: ChargingSession) -> date:
    """Return the day on which an ended session counts, at its location."""
    assert session.stop_received_at is not None
    return day_of(session.started_at, session.stop_received_at, zone_of(session))


def local_hour(session: ChargingSession) -> int:
    """Return the hour in which an ended session counts, 0 to 23."""
    assert session.stop_received_at is not None
    return hour_of(session.started_at, session.stop_received_at, zone_of(session))


def zone_of(row: ChargingSession | Activation) -> ZoneInfo:
    return ZoneInfo(row.station.location.time_zone)


def take_back(activation: Activation) -> None:
    """Take the share of an (unsaved) activation back: what was given up goes on after all."""
    before = shares_of(activation)
    activation.counted_on = None
    count_change(before, Shares())


@transaction.atomic
def count_attempts() -> int:
    """Count activations that came to an end without a record; return how many.

    Refusals are counted here and not when a card is answered, for a station waits for that. A late
    record takes their place.
    """
    found = list(
        Activation.objects.filter(
            state__in=[ActivationState.FAILED.value, ActivationState.REFUSED.value],
            counted_on=None,
        )
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("station__location")
        .order_by("began_at")[:UNCOUNTED_AT_ONCE]
    )
    for activation in found:
        activation.counted_on = activation.began_at.astimezone(zone_of(activation)).date()
    Activation.objects.bulk_update(found, ["counted_on"])
    count_change(Shares(), shares_of(*found))
    return len(found)
