"""One batch of the fast lane, inside the writer's open transaction, in few round trips.

Order: presence rows, connectors, then what nobody waits for. Whoever claims or gives up presence
locks the presence row first, too, so that the charge points' status is computed from what the
other one wrote. Statements of all tenants go to the server together: with one round trip each, a
batch of 50 messages of 20 tenants took 56 ms, most of it waiting for the interpreter's lock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from apps.charge_records.models import Activation, ChargingSession
from apps.infrastructure.models import StationConnection
from apps.ocpp.lanes.connector_states import apply_statuses
from apps.ocpp.lanes.copying import copy_rows
from apps.ocpp.lanes.literals import Row, insertion, literal
from apps.ocpp.lanes.tables import (
    EXCHANGE_COLUMNS,
    EXCHANGES,
    SAMPLE_COLUMNS,
    SAMPLES,
    STATUS_COLUMNS,
    STATUSES,
    exchange_row,
    sample_rows,
)
from apps.ocpp.lanes.units import FastOutcome, FastUnit, Progress

# Within this time the same message of a station is a repetition, not a new message that happens to
# bear the same id. Ours: above the usual time-out of a call, below the life of a session.
REPEATED_WITHIN = timedelta(minutes=5)
# Measured with ten samples a message: up to here INSERT costs PostgreSQL no more than COPY (0.2 s
# per 1,000 messages) and saves its round trips; with four of a tenant it costs half as much again.
INSERTED_MAX = 2

TOUCH = """
UPDATE "{schema}"."{table}" SET last_message_at = {at}
WHERE station_id = ANY(ARRAY[{ids}]::bigint[])
"""
REPEATED = """(
    SELECT answer FROM "{schema}"."{table}"
    WHERE station_id = {station} AND requested_at > {since} AND message_id = {message_id}
        AND action = {action} AND request = {request} AND outcome = 'result'
    ORDER BY id LIMIT 1
)"""
# A figure for live views: where the session is being ended this moment it is skipped, not awaited.
# Locked by a join, which reads the session by its index: as `id IN (SELECT ...)` PostgreSQL read
# every session of the tenant, once per message.
PROGRESS = """
said_{part} AS (
    SELECT o.id, v.meter_wh, v.power_w, v.at
    FROM (VALUES {values}) AS v (station_id, transaction_id, meter_wh, power_w, at)
    JOIN "{schema}"."{session}" o
        ON o.station_id = v.station_id AND o.transaction_id = v.transaction_id
    WHERE o.last_sample_at IS NULL OR o.last_sample_at <= v.at
    FOR NO KEY UPDATE OF o SKIP LOCKED
), written_{part} AS (
    UPDATE "{schema}"."{session}" s SET
        last_meter_wh = COALESCE(v.meter_wh, s.last_meter_wh),
        last_power_w = COALESCE(v.power_w, s.last_power_w),
        last_sample_at = v.at
    FROM said_{part} v WHERE s.id = v.id
    RETURNING s.station_id, s.transaction_id,
        (SELECT a.id FROM "{schema}"."{activation}" a WHERE a.session_id = s.id)
)"""
FOUND = "SELECT {part}, * FROM written_{part}"
PROGRESS_ROW = "({}::bigint, {}::bigint, {}::bigint, {}::bigint, {}::timestamptz)"


@dataclass(slots=True)
class Part:
    """What a batch holds of one tenant; `outcomes` in the order of `units`."""

    schema: str
    units: list[FastUnit] = field(default_factory=list)
    outcomes: list[FastOutcome] = field(default_factory=list)

    def new(self) -> list[tuple[FastUnit, FastOutcome]]:
        """Return the units that are no repetitions."""
        pairs = zip(self.units, self.outcomes, strict=True)
        return [(unit, outcome) for unit, outcome in pairs if not outcome.repeated_answer]


def write_batch(
    cursor: Any, units: Sequence[FastUnit], *, is_told_again: bool = False
) -> list[FastOutcome]:
    """Write the units; return what came of each, in their order. Raises psycopg2.Error.

    `is_told_again`: some of their meter values are stored already and shall not be twice. Without
    it that is UniqueViolation, for COPY knows no ON CONFLICT.
    """
    outcomes = [FastOutcome() for _ in units]
    parts = parts_of(units, outcomes)
    statements = [touch(part) for part in parts]
    if any(unit.may_be_repeated for unit in units):
        run(cursor, statements)
        mark_repeated(cursor, parts)
    for part in parts:
        if any(unit.status is not None for unit, _ in part.new()):
            run(cursor, statements)
            write_statuses(cursor, part, statements)
    for part in parts:
        append(cursor, part, statements, by_copy=not is_told_again)
    write_progress(cursor, parts, statements)
    return outcomes


def parts_of(units: Sequence[FastUnit], outcomes: Sequence[FastOutcome]) -> list[Part]:
    """Return the batch tenant by tenant, in the order in which every process locks their rows."""
    parts: dict[str, Part] = {}
    for unit, outcome in zip(units, outcomes, strict=True):
        part = parts.get(unit.schema)
        if part is None:
            part = parts[unit.schema] = Part(unit.schema)
        part.units.append(unit)
        part.outcomes.append(outcome)
    return [parts[schema] for schema in sorted(parts)]


def run(cursor: Any, statements: list[str]) -> None:
    """Run what is gathered, in one round trip, and forget it."""
    if statements:
        cursor.execute(";".join(statements))
        statements.clear()


def touch(part: Part) -> str:
    """Return the statement that writes the time of the last communication.

    The newest of the batch, for all its stations of the tenant.
    """
    return TOUCH.format(
        schema=part.schema,
        table=StationConnection._meta.db_table,
        at=literal(max(unit.exchange.requested_at for unit in part.units)),
        ids=",".join([str(pk) for pk in sorted({unit.station_id for unit in part.units})]),
    )


def mark_repeated(cursor: Any, parts: Sequence[Part]) -> None:
    """Find messages that were stored before, through another socket or process."""
    doubtful = [
        (part.schema, unit.exchange, outcome)
        for part in parts
        for unit, outcome in zip(part.units, part.outcomes, strict=True)
        if unit.may_be_repeated
    ]
    look_ups = [
        REPEATED.format(
            schema=schema,
            table=EXCHANGES,
            station=row.station_id,
            since=literal(row.requested_at - REPEATED_WITHIN),
            message_id=literal(row.message_id),
            action=literal(row.action),
            request=literal(row.request),
        )
        for schema, row, _ in doubtful
    ]
    cursor.execute(f"SELECT {', '.join(look_ups)}")
    for (_, row, outcome), answer in zip(doubtful, cursor.fetchone(), strict=True):
        if answer is not None:
            outcome.repeated_answer = row.answer = answer
            # Once, though the batch may be written again.
            row.flags = tuple(dict.fromkeys((*row.flags, "repeated")))


def write_statuses(cursor: Any, part: Part, statements: list[str]) -> None:
    """Lock what the tenant's status reports are about; gather what they change."""
    reports = [(unit, outcome) for unit, outcome in part.new() if unit.status is not None]
    changes = apply_statuses(cursor, part.schema, [unit for unit, _ in reports])
    for unit, outcome in reports:
        outcome.changed_station = unit.station_id in changes.stations
    statements += changes.statements
    if changes.timeline:
        statements.append(insertion(part.schema, STATUSES, STATUS_COLUMNS, changes.timeline))


def append(cursor: Any, part: Part, statements: list[str], *, by_copy: bool) -> None:
    """Append meter values and the message log: few rows as statements, many by COPY."""
    write: Callable[[str, Sequence[str], Sequence[Row]], None]
    if by_copy and len(part.units) > INSERTED_MAX:

        def write(table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
            copy_rows(cursor, part.schema, table, columns, rows)
    else:

        def write(table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
            statements.append(insertion(part.schema, table, columns, rows))

    messages = [unit.meter_values for unit, _ in part.new() if unit.meter_values is not None]
    # Some chargers name a sample twice in one message, and a message twice in one go.
    samples = list(dict.fromkeys([row for one in messages for row in sample_rows(one)]))
    if samples:
        write(SAMPLES, SAMPLE_COLUMNS, samples)
    write(EXCHANGES, EXCHANGE_COLUMNS, [exchange_row(unit.exchange) for unit in part.units])


def write_progress(cursor: Any, parts: Sequence[Part], statements: list[str]) -> None:
    """Write the newest figures of running sessions, one row each, and run what is gathered."""
    said = {number: newest_progress(part) for number, part in enumerate(parts)}
    said = {number: newest for number, newest in said.items() if newest}
    if not said:
        run(cursor, statements)
        return
    tables = {"session": ChargingSession._meta.db_table, "activation": Activation._meta.db_table}
    written = ",".join(
        PROGRESS.format(
            part=number, schema=parts[number].schema, values=progress_values(newest), **tables
        )
        for number, newest in said.items()
    )
    found = " UNION ALL ".join(FOUND.format(part=number) for number in said)
    # Of statements that run together, the last one's rows come back.
    run(cursor, [*statements, f"WITH {written} {found}"])
    activations = {tuple(key): activation_id for *key, activation_id in cursor.fetchall()}
    for number in said:
        for unit, outcome in parts[number].new():
            if unit.progress is not None:
                key = (number, unit.station_id, unit.progress.transaction_id)
                outcome.activation_id = activations.get(key)


def newest_progress(part: Part) -> dict[tuple[int, int], Progress]:
    """Return the newest figures by station and transaction."""
    newest: dict[tuple[int, int], Progress] = {}
    for unit, _ in part.new():
        if unit.progress is not None:
            key = (unit.station_id, unit.progress.transaction_id)
            if key not in newest or newest[key].at <= unit.progress.at:
                newest[key] = unit.progress
    return newest


def progress_values(newest: dict[tuple[int, int], Progress]) -> str:
    return ",".join(
        PROGRESS_ROW.format(
            station_id,
            transaction_id,
            literal(progress.meter_wh),
            literal(progress.power_w),
            literal(progress.at),
        )
        for (station_id, transaction_id), progress in sorted(newest.items())
    )
