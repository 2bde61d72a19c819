"""Keeping the status of charge points (INF-07) in step with what stations report."""

from collections import defaultdict
from datetime import datetime

from apps.core.live import publish
from apps.infrastructure.domain.statuses import charge_point_status
from apps.infrastructure.models import ChargePoint, Connector, Station


def refresh_status(station_id: int, *, now: datetime) -> list[int]:
    """Recompute the status of the station's charge points; return the ids of those that changed."""
    station = Station.objects.select_related("connection").get(pk=station_id)
    reported = defaultdict(list)
    for connector in Connector.objects.filter(station_id=station_id):
        reported[connector.charge_point_id].append(connector.status)
    changed = []
    for charge_point in ChargePoint.objects.filter(station_id=station_id):
        status = charge_point_status(
            station_state=station.state,
            is_online=station.connection.is_online,
            station_status=station.reported_status,
            connector_statuses=reported[charge_point.pk],
        )
        if status != charge_point.status:
            ChargePoint.objects.filter(pk=charge_point.pk).update(
                status=status.value, status_since=now
            )
            changed.append(charge_point.pk)
    if changed:
        publish("stations", station.location_id, [station_id])
    return changed
