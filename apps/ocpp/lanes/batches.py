"""One batch of the fast lane: one transaction in few round trips, mostly in one.

Order: presence rows, connectors, then what nobody waits for. Whoever claims or gives up presence
locks the presence row first, too, so that the charge points' status is computed from what the
other one wrote. Statements of all tenants go to the server together: with one round trip each, a
batch of 50 messages of 20 tenants took 56 ms, most of it waiting for the interpreter's lock.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from apps.charge_records.models import Activation, ChargingSession
from apps.infrastructure.models import StationConnection
from apps.ocpp.lanes.connector_states import apply_statuses
from apps.ocpp.lanes.literals import insertion, literal
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
from apps.ocpp.lanes.trips import Trips
from apps.ocpp.lanes.units import FastOutcome, FastUnit, Progress

# Within this time the same message of a station is a repetition, not a new message that happens to
# bear the same id. Ours: above the usual time-out of a call, below the life of a session.
REPEATED_WITHIN = timedelta(minutes=5)
# Rows of a tenant. Measured with ten samples a message: up to here INSERT costs PostgreSQL no more
# than COPY (0.2 s per 1,000 messages) and saves its round trips; with twice as many it costs half
# as much again.
INSERTED_MAX = 24
ALL = sys.maxsize
"""As `inserted_max`: no COPY, for it knows no ON CONFLICT, and each one is two round trips."""

TOUCH = """
UPDATE "{schema}"."{table}" SET last_message_at = {at}
WHERE station_id = ANY(ARRAY[{ids}]::bigint[])
"""
# Whoever holds the row writes a time himself, or writes that the station is gone.
TOUCH_FREE = """
UPDATE "{schema}"."{table}" k SET last_message_at = {at}
FROM (
    SELECT station_id FROM "{schema}"."{table}" WHERE station_id = ANY(ARRAY[{ids}]::bigint[])
    FOR NO KEY UPDATE SKIP LOCKED
) free WHERE k.station_id = free.station_id
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
    trips: Trips, units: Sequence[FastUnit], *, inserted_max: int = INSERTED_MAX
) -> list[FastOutcome]:
    """Store the units, all or none; return what came of each, in their order.

    Raises psycopg2.Error; UniqueViolation where meter values are stored already and are not
    inserted (`ALL`), but copied.
    """
    outcomes = [FastOutcome() for _ in units]
    parts = parts_of(units, outcomes)
    for part in parts:
        trips.gather(*touches(part))
    if any(unit.may_be_repeated for unit in units):
        mark_repeated(trips, parts)
    write_statuses(trips, parts)
    for part in parts:
        append(trips, part, inserted_max)
    write_progress(trips, parts)
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


def touches(part: Part) -> list[str]:
    """Return the statements that write the time of the last communication, the batch's newest.

    Rows of stations that report a status are awaited, since it is computed under their lock. Others
    that somebody holds are skipped: one slow transaction of a station must not hold up all.
    """
    heard = {unit.station_id for unit in part.units}
    reporting = {unit.station_id for unit in part.units if unit.status is not None}
    at = literal(max(unit.exchange.requested_at for unit in part.units))
    return [
        statement.format(
            schema=part.schema,
            table=StationConnection._meta.db_table,
            at=at,
            ids=",".join([str(pk) for pk in sorted(stations)]),
        )
        for statement, stations in ((TOUCH, reporting), (TOUCH_FREE, heard - reporting))
        if stations
    ]


def mark_repeated(trips: Trips, parts: Sequence[Part]) -> None:
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
    (answers,) = trips.ask(f"SELECT {', '.join(look_ups)}")
    for (_, row, outcome), answer in zip(doubtful, answers, strict=True):
        if answer is not None:
            outcome.repeated_answer = row.answer = answer
            # Once, though the batch may be written again.
            row.flags = tuple(dict.fromkeys((*row.flags, "repeated")))


def write_statuses(trips: Trips, parts: Sequence[Part]) -> None:
    """Lock what status reports are about, of all tenants at once; gather what they change."""
    reports = {
        part.schema: [unit for unit, _ in part.new() if unit.status is not None] for part in parts
    }
    reports = {schema: units for schema, units in reports.items() if units}
    if not reports:
        return
    changes = apply_statuses(trips, reports)
    for part in parts:
        if part.schema not in reports:
            continue
        changed = changes[part.schema]
        for unit, outcome in part.new():
            outcome.changed_station = (
                unit.status is not None and unit.station_id in changed.stations
            )
        trips.gather(*changed.statements)
        if changed.timeline:
            trips.gather(insertion(part.schema, STATUSES, STATUS_COLUMNS, changed.timeline))


def append(trips: Trips, part: Part, inserted_max: int) -> None:
    """Append meter values and the message log: few rows as statements, many by COPY."""
    messages = [unit.meter_values for unit, _ in part.new() if unit.meter_values is not None]
    # Some chargers name a sample twice in one message, and a message twice in one go.
    samples = list(dict.fromkeys([row for one in messages for row in sample_rows(one)]))
    log = [exchange_row(unit.exchange) for unit in part.units]
    by_copy = len(samples) + len(log) > inserted_max
    for table, columns, rows in (
        (SAMPLES, SAMPLE_COLUMNS, samples),
        (EXCHANGES, EXCHANGE_COLUMNS, log),
    ):
        if rows and by_copy:
            trips.copy(part.schema, table, columns, rows)
        elif rows:
            trips.gather(insertion(part.schema, table, columns, rows))


def write_progress(trips: Trips, parts: Sequence[Part]) -> None:
    """Write the newest figures of running sessions, one row each, and end the transaction."""
    said = {number: newest_progress(part) for number, part in enumerate(parts)}
    said = {number: newest for number, newest in said.items() if newest}
    if not said:
        trips.end()
        return
    tables = {"session": ChargingSession._meta.db_table, "activation": Activation._meta.db_table}
    written = ",".join(
        PROGRESS.format(
            part=number, schema=parts[number].schema, values=progress_values(newest), **tables
        )
        for number, newest in said.items()
    )
    found = " UNION ALL ".join(FOUND.format(part=number) for number in said)
    rows = trips.end_with(f"WITH {written} {found}")
    activations = {tuple(key): activation_id for *key, activation_id in rows}
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
