"""Keeping the status of charge points (INF-07) in step with what stations report."""

from datetime import datetime

from apps.core import rows
from apps.infrastructure.domain.statuses import charge_point_status
from apps.infrastructure.models import ChargePoint, Connector, Station, StationConnection

# A row per charge point; one of Nones for a station without any.
STATES = f"""
SELECT s.location_id, s.state, s.reported_status, k.is_online, p.id, p.status,
    ARRAY(SELECT c.status FROM {Connector._meta.db_table} c WHERE c.charge_point_id = p.id)
FROM {Station._meta.db_table} s
JOIN {StationConnection._meta.db_table} k ON k.station_id = s.id
LEFT JOIN {ChargePoint._meta.db_table} p ON p.station_id = s.id
WHERE s.id = %(station)s
ORDER BY p.id
"""  # noqa: S608 our own table names

SAVE = f"""
UPDATE {ChargePoint._meta.db_table} p SET status = v.status, status_since = %(now)s
FROM unnest(%(ids)s::bigint[], %(statuses)s::text[]) AS v (id, status)
WHERE p.id = v.id
"""  # noqa: S608


def refresh_status(station_id: int, *, now: datetime) -> int:
    """Recompute the status of the station's charge points; return its location, to be told.

    It runs when a station comes and goes, so in a storm thousands of times: two statements at most.
    Raises Station.DoesNotExist.
    """
    states = rows.read(STATES, {"station": station_id})
    if not states:
        raise Station.DoesNotExist(f"There is no station {station_id}.")
    changed = {}
    for _location, state, reported, is_online, pk, known, connectors in states:
        status = charge_point_status(
            station_state=state,
            is_online=is_online,
            station_status=reported,
            connector_statuses=connectors,
        ).value
        if pk is not None and status != known:
            changed[pk] = status
    if changed:
        values = {"ids": list(changed), "statuses": list(changed.values()), "now": now}
        rows.write(SAVE, values)
    return int(states[0][0])
