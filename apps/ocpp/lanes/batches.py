"""One batch of the fast lane, tenant by tenant, inside the writer's open transaction.

Order within a tenant: presence row, connectors, session, then the appended rows. Whoever claims or
gives up presence locks the presence row first, too, so that the charge points' status is computed
from what the other one wrote.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from psycopg2.extras import execute_values

from apps.charge_records.models import Activation, ChargingSession, MeterSample
from apps.infrastructure.models import StationConnection
from apps.ocpp.lanes.connector_states import apply_statuses
from apps.ocpp.lanes.copying import (
    EXCHANGE_COLUMNS,
    SAMPLE_COLUMNS,
    copy_rows,
    exchange_lines,
    sample_lines,
)
from apps.ocpp.lanes.units import FastOutcome, FastUnit, Progress
from apps.ocpp.models import MessageExchange

# Within this time the same message of a station is a repetition, not a new message that happens to
# bear the same id. Ours: above the usual time-out of a call, below the life of a session.
REPEATED_WITHIN = timedelta(minutes=5)

TOUCH = 'UPDATE "{schema}"."{table}" SET last_message_at = %s WHERE station_id = ANY(%s)'
# A figure for live views: where the session is being ended this moment it is skipped, not awaited.
PROGRESS = """
UPDATE "{schema}"."{session}" s SET
    last_meter_wh = COALESCE(v.meter_wh, s.last_meter_wh),
    last_power_w = COALESCE(v.power_w, s.last_power_w),
    last_sample_at = v.at
FROM (VALUES %s) AS v (station_id, transaction_id, meter_wh, power_w, at)
WHERE s.id IN (
    SELECT o.id FROM "{schema}"."{session}" o
    WHERE o.station_id = v.station_id AND o.transaction_id = v.transaction_id
    FOR UPDATE SKIP LOCKED
) AND (s.last_sample_at IS NULL OR s.last_sample_at <= v.at)
RETURNING s.station_id, s.transaction_id,
    (SELECT a.id FROM "{schema}"."{activation}" a WHERE a.session_id = s.id)
"""
PROGRESS_ROW = "(%s::bigint, %s::bigint, %s::bigint, %s::bigint, %s::timestamptz)"
REPEATED = """
SELECT answer FROM "{schema}"."{table}"
WHERE station_id = %s AND requested_at > %s AND message_id = %s AND action = %s AND request = %s
    AND outcome = 'result'
ORDER BY id LIMIT 1
"""


def write_batch(cursor: Any, units: Sequence[FastUnit]) -> list[FastOutcome]:
    """Write the units; return what came of each, in their order. Raises psycopg2.Error."""
    outcomes = [FastOutcome() for _ in units]
    by_schema: dict[str, list[int]] = defaultdict(list)
    for position, unit in enumerate(units):
        by_schema[unit.schema].append(position)
    for schema in sorted(by_schema):
        positions = by_schema[schema]
        write_tenant(
            cursor,
            schema,
            [units[position] for position in positions],
            [outcomes[position] for position in positions],
        )
    return outcomes


def write_tenant(
    cursor: Any, schema: str, units: list[FastUnit], outcomes: list[FastOutcome]
) -> None:
    """Write the units of one tenant."""
    touch(cursor, schema, units)
    mark_repeated(cursor, schema, units, outcomes)
    new = [
        (unit, outcome)
        for unit, outcome in zip(units, outcomes, strict=True)
        if not outcome.repeated_answer
    ]
    reports = [unit for unit, _ in new if unit.status is not None]
    if reports:
        changed = apply_statuses(cursor, schema, reports)
        for unit, outcome in new:
            outcome.changed_station = unit.status is not None and unit.station_id in changed
    write_progress(cursor, schema, new)
    rows = [row for unit, _ in new for row in unit.samples]
    if rows:
        table = MeterSample._meta.db_table
        copy_rows(cursor, schema, table, SAMPLE_COLUMNS, sample_lines(rows))
    lines = exchange_lines(unit.exchange for unit in units)
    copy_rows(cursor, schema, MessageExchange._meta.db_table, EXCHANGE_COLUMNS, lines)


def touch(cursor: Any, schema: str, units: Sequence[FastUnit]) -> None:
    """Write the time of the last communication: the newest of the batch, for all its stations."""
    newest = max(unit.exchange.requested_at for unit in units)
    statement = TOUCH.format(schema=schema, table=StationConnection._meta.db_table)
    cursor.execute(statement, [newest, sorted({unit.station_id for unit in units})])


def mark_repeated(
    cursor: Any, schema: str, units: Sequence[FastUnit], outcomes: Sequence[FastOutcome]
) -> None:
    """Find messages that were stored before, through another socket or process."""
    for unit, outcome in zip(units, outcomes, strict=True):
        if not unit.may_be_repeated:
            continue
        row = unit.exchange
        cursor.execute(
            REPEATED.format(schema=schema, table=MessageExchange._meta.db_table),
            [
                row.station_id,
                row.requested_at - REPEATED_WITHIN,
                row.message_id,
                row.action,
                row.request,
            ],
        )
        found = cursor.fetchone()
        if found is not None:
            outcome.repeated_answer = row.answer = found[0]
            row.flags = (*row.flags, "repeated")


def write_progress(cursor: Any, schema: str, new: Sequence[tuple[FastUnit, FastOutcome]]) -> None:
    """Write the newest figures of running sessions, one row each."""
    newest: dict[tuple[int, int], Progress] = {}
    for unit, _ in new:
        if unit.progress is not None:
            key = (unit.station_id, unit.progress.transaction_id)
            if key not in newest or newest[key].at <= unit.progress.at:
                newest[key] = unit.progress
    if not newest:
        return
    statement = PROGRESS.format(
        schema=schema,
        session=ChargingSession._meta.db_table,
        activation=Activation._meta.db_table,
    )
    values = [
        (station_id, transaction_id, progress.meter_wh, progress.power_w, progress.at)
        for (station_id, transaction_id), progress in sorted(newest.items())
    ]
    found = execute_values(cursor, statement, values, PROGRESS_ROW, len(values), fetch=True)
    activations = {(station, transaction): pk for station, transaction, pk in found}
    for unit, outcome in new:
        if unit.progress is not None:
            key = (unit.station_id, unit.progress.transaction_id)
            outcome.activation_id = activations.get(key)
