"""Columns of the exports of stations and charge points (INF-20); times local, power in W."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.infrastructure.models import ChargePoint, Station
from apps.portal.exports import Column


def connection_value(station: Station, name: str) -> Any:
    """Return a field of the station's presence row; None where it never connected."""
    return getattr(getattr(station, "connection", None), name, None)


STATION_COLUMNS = [
    Column("charge_box_id", _("Chargebox ID"), lambda row: row.charge_box_id),
    Column("station_id", _("charging station ID"), lambda row: row.station_id),
    Column("name", _("name"), lambda row: row.name),
    Column("location", _("location"), lambda row: row.location.name),
    Column("state", _("state"), lambda row: row.state),
    Column("online", _("Online"), lambda row: connection_value(row, "is_online")),
    Column(
        "last_communication",
        _("last communication"),
        lambda row: connection_value(row, "last_message_at"),
    ),
    Column("protocol", _("protocol"), lambda row: row.protocol),
    Column("manufacturer", _("manufacturer"), lambda row: row.manufacturer or row.reported_vendor),
    Column("model", _("model"), lambda row: row.model or row.reported_model),
    Column("serial_number", _("serial number"), lambda row: row.serial_number),
    Column("firmware_version", _("firmware version"), lambda row: row.firmware_version),
    Column("charge_points", _("charge points"), lambda row: len(row.charge_points.all())),
    Column(
        "statuses",
        _("status"),
        lambda row: ", ".join(point.status for point in row.charge_points.all()),
    ),
    Column("street", _("street"), lambda row: row.street),
    Column("postal_code", _("postal code"), lambda row: row.postal_code),
    Column("city", _("city"), lambda row: row.city),
    Column("country", _("country"), lambda row: row.country),
    Column("latitude", _("latitude"), lambda row: row.latitude),
    Column("longitude", _("longitude"), lambda row: row.longitude),
]


def last_communication(charge_point: ChargePoint) -> Any:
    return connection_value(charge_point.station, "last_message_at")


CHARGE_POINT_COLUMNS = [
    Column("charge_port_id", _("charge port ID"), lambda row: row.charge_port_id),
    Column("charge_box_id", _("Chargebox ID"), lambda row: row.station.charge_box_id),
    Column("location", _("location"), lambda row: row.station.location.name),
    Column("evse_id", _("EVSE-ID"), lambda row: row.evse_id),
    Column("ba_number", _("BA-number"), lambda row: row.ba_number),
    Column("status", _("status"), lambda row: row.status),
    Column("status_since", _("status since"), lambda row: row.status_since),
    Column("last_communication", _("last communication"), last_communication),
    Column("charging_mode", _("charging mode"), lambda row: row.charging_mode),
    Column("current", _("current"), lambda row: row.current),
    Column("max_power_w", _("maximum charging power (W)"), lambda row: row.max_power_w),
    Column("authentication", _("authentication"), lambda row: row.authentication_required),
]
