"""StatusNotification in the fast lane: connector rows, the timeline, the charge points' status."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from apps.infrastructure.domain.statuses import charge_point_status
from apps.infrastructure.models import ChargePoint, Connector, Station, StationConnection
from apps.ocpp.lanes.literals import Row, literal
from apps.ocpp.lanes.tables import status_row
from apps.ocpp.lanes.trips import Trips
from apps.ocpp.lanes.units import FastUnit
from apps.vocabulary.events import StatusReported

# Ours: a report this much older than the newest one is no late message but a clock that was reset.
LATEST_DELIVERY = timedelta(days=30)

# A row per station and connector. The connectors are locked, tenant after tenant in the order of
# their names, for the parts of UNION ALL run one after the other.
LOCKED = """
locked_{part} AS (
    SELECT id, station_id, number, charge_point_id, status, error_code, error_info,
        vendor_error_code, status_at
    FROM "{schema}"."{connector}" WHERE station_id = ANY(ARRAY[{ids}]::bigint[])
    ORDER BY id FOR UPDATE
)"""
FOUND = """
SELECT {part}, s.id, s.state, s.reported_status, s.reported_error, k.is_online,
    ARRAY(SELECT id FROM "{schema}"."{charge_point}" WHERE station_id = s.id ORDER BY id),
    ARRAY(SELECT status FROM "{schema}"."{charge_point}" WHERE station_id = s.id ORDER BY id),
    c.id, c.number, c.charge_point_id, c.status, c.error_code, c.error_info, c.vendor_error_code,
    c.status_at
FROM "{schema}"."{station}" s JOIN "{schema}"."{connection}" k ON k.station_id = s.id
LEFT JOIN locked_{part} c ON c.station_id = s.id
WHERE s.id = ANY(ARRAY[{ids}]::bigint[])
"""
SAVE_CONNECTOR = """
UPDATE "{schema}"."{connector}" SET status = {}, error_code = {}, error_info = {},
       vendor_error_code = {}, status_at = {}
WHERE id = {}
"""
SAVE_STATION = """
UPDATE "{schema}"."{station}" SET reported_status = {}, reported_error = {} WHERE id = {}
"""
SAVE_CHARGE_POINT = """
UPDATE "{schema}"."{charge_point}" SET status = {}, status_since = {} WHERE id = {}
"""
TABLES = {
    "station": Station._meta.db_table,
    "connection": StationConnection._meta.db_table,
    "connector": Connector._meta.db_table,
    "charge_point": ChargePoint._meta.db_table,
}


@dataclass(slots=True)
class ConnectorState:
    """A connector as stored, and whether it was changed since."""

    pk: int
    charge_point_id: int
    status: str
    error_code: str
    info: str
    vendor_error_code: str
    at: datetime | None
    is_changed: bool = False


@dataclass(slots=True)
class StationState:
    """A station as stored with its connectors by number and its charge points' status by key."""

    state: str
    status: str
    error: str
    is_online: bool
    charge_points: dict[int, str]
    is_changed: bool = False
    connectors: dict[int, ConnectorState] = field(default_factory=dict)


@dataclass(slots=True)
class Changes:
    """What the reports of one schema change.

    `stations`: those of which a page would show a change; `timeline`: rows of StatusChange.
    """

    stations: set[int]
    statements: list[str]
    timeline: list[Row]


def apply_statuses(trips: Trips, reports: Mapping[str, Sequence[FastUnit]]) -> dict[str, Changes]:
    """Lock and read what the reports, by schema, are about; return what is to be written there."""
    known = load(trips, reports)
    return {schema: changes(schema, known[schema], units) for schema, units in reports.items()}


def changes(schema: str, stations: dict[int, StationState], units: Sequence[FastUnit]) -> Changes:
    """Put the reports of one schema into the state; return what is to be written."""
    timeline = []
    for unit in units:
        station = stations.get(unit.station_id)
        report = unit.status
        if station is None or report is None:
            continue
        received_at = unit.exchange.requested_at
        if take(station, report, received_at):
            timeline.append(status_row(unit.station_id, report, received_at))
    changed, statements = saving(schema, stations, units[0].exchange.requested_at)
    return Changes(changed, statements, timeline)


def load(
    trips: Trips, reports: Mapping[str, Sequence[FastUnit]]
) -> dict[str, dict[int, StationState]]:
    """Return the stations of the reports by schema and key, in one round trip."""
    schemas = list(reports)
    places: list[dict[str, Any]] = [
        {
            "part": part,
            "schema": schema,
            "ids": ",".join([str(pk) for pk in sorted({unit.station_id for unit in units})]),
            **TABLES,
        }
        for part, (schema, units) in enumerate(reports.items())
    ]
    locked = ",".join([LOCKED.format(**place) for place in places])
    found = " UNION ALL ".join([FOUND.format(**place) for place in places])
    known: dict[str, dict[int, StationState]] = {schema: {} for schema in schemas}
    for part, pk, state, status, error, is_online, charge_points, statuses, *connector in trips.ask(
        f"WITH {locked} {found}"
    ):
        stations = known[schemas[part]]
        if pk not in stations:
            by_key = dict(zip(charge_points, statuses, strict=True))
            stations[pk] = StationState(state, status, error, is_online, by_key)
        connector_id, number, *values = connector
        if connector_id is not None:
            stations[pk].connectors[number] = ConnectorState(connector_id, *values)
    return known


def take(station: StationState, report: StatusReported, received_at: datetime) -> bool:
    """Put a report into the state; return whether it belongs into the timeline."""
    if report.connector == 0:
        return take_for_station(station, report)
    connector = station.connectors.get(report.connector)
    if connector is None:
        return True
    said = (report.status, report.error_code, report.info, report.vendor_error_code)
    known = (connector.status, connector.error_code, connector.info, connector.vendor_error_code)
    at = report.at or received_at
    if is_late(at, connector.at, received_at):
        return said != known
    if said != known or connector.at is None:
        (
            connector.status,
            connector.error_code,
            connector.info,
            connector.vendor_error_code,
        ) = said
        connector.is_changed = True
    connector.at = at
    return said != known


def take_for_station(station: StationState, report: StatusReported) -> bool:
    if (report.status, report.error_code) == (station.status, station.error):
        return False
    station.status, station.error = report.status, report.error_code
    station.is_changed = True
    return True


def is_late(at: datetime, known: datetime | None, received_at: datetime) -> bool:
    """Say whether a report is older than the one we have, by the station's own clock.

    A stored time ahead of ours, or one far newer than the report, comes from a clock gone wrong.
    """
    if known is None or known > received_at:
        return False
    return known - LATEST_DELIVERY < at < known


def saving(
    schema: str, stations: dict[int, StationState], now: datetime
) -> tuple[set[int], list[str]]:
    """Return the stations that show a change, and the statements that write what changed."""
    changed: set[int] = set()
    statements: list[str] = []

    def add(statement: str, *values: Any) -> None:
        texts = [literal(value) for value in values]
        statements.append(statement.format(*texts, schema=schema, **TABLES))

    for pk, station in sorted(stations.items()):
        if station.is_changed:
            add(SAVE_STATION, station.status, station.error, pk)
            changed.add(pk)
        for connector in station.connectors.values():
            if connector.is_changed:
                add(
                    SAVE_CONNECTOR,
                    connector.status,
                    connector.error_code,
                    connector.info,
                    connector.vendor_error_code,
                    connector.at,
                    connector.pk,
                )
                changed.add(pk)
        for charge_point, status in new_statuses(station).items():
            add(SAVE_CHARGE_POINT, status, now, charge_point)
    return changed, statements


def new_statuses(station: StationState) -> dict[int, str]:
    """Return the charge points whose status differs from the one stored."""
    reported = defaultdict(list)
    for connector in station.connectors.values():
        reported[connector.charge_point_id].append(connector.status)
    found = {
        pk: charge_point_status(
            station_state=station.state,
            is_online=station.is_online,
            station_status=station.status,
            connector_statuses=reported[pk],
        ).value
        for pk in station.charge_points
    }
    return {pk: status for pk, status in found.items() if status != station.charge_points[pk]}
