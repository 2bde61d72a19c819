"""States of stations and connectors, and the status of a charge point as the portal shows it."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum


class StationState(StrEnum):
    """Life of a station in the portal (INF-06)."""

    PLANNED = "planned"
    INSTALLED = "installed"


class PortalStatus(StrEnum):
    """Status of a charge point (INF-07)."""

    AVAILABLE = "available"
    OCCUPIED = "occupied"
    NEEDS_SERVICE = "needs_service"
    INOPERATIVE = "inoperative"


class ConnectorStatus(StrEnum):
    """ChargePointStatus of OCPP 1.6, edition 2, 7.7. The values are the words on the wire.

    OCCUPIED is the one word of OCPP 1.5 and 2.0.1 for anything with a vehicle.
    """

    AVAILABLE = "Available"
    PREPARING = "Preparing"
    CHARGING = "Charging"
    SUSPENDED_EVSE = "SuspendedEVSE"
    SUSPENDED_EV = "SuspendedEV"
    FINISHING = "Finishing"
    RESERVED = "Reserved"
    UNAVAILABLE = "Unavailable"
    FAULTED = "Faulted"
    OCCUPIED = "Occupied"


# Reserved has no vehicle yet, but is not "freely available" either: of the portal's four words
# Occupied is the one that keeps other drivers away (our decision).
OCCUPIED_STATUSES = frozenset(
    {
        ConnectorStatus.PREPARING,
        ConnectorStatus.CHARGING,
        ConnectorStatus.SUSPENDED_EVSE,
        ConnectorStatus.SUSPENDED_EV,
        ConnectorStatus.FINISHING,
        ConnectorStatus.RESERVED,
        ConnectorStatus.OCCUPIED,
    }
)
OUT_OF_SERVICE_STATUSES = frozenset({ConnectorStatus.UNAVAILABLE, ConnectorStatus.FAULTED})


def charge_point_status(
    *,
    station_state: str,
    is_online: bool,
    station_status: str,
    connector_statuses: Collection[str],
) -> PortalStatus:
    """Return what the portal shows for a charge point (INF-07).

    `station_status` is the word reported for connector 0 ("" where none was), `connector_statuses`
    those of the charge point's connectors ("" where nothing was reported yet). The order decides:
    planned is Inoperative; no contact is Need service, whatever was known before; one occupied
    connector makes the charge point Occupied; a station out of service or no connector that is
    Available is Need service ("out of service or unknown").
    """
    if station_state == StationState.PLANNED:
        return PortalStatus.INOPERATIVE
    if not is_online:
        return PortalStatus.NEEDS_SERVICE
    if any(status in OCCUPIED_STATUSES for status in connector_statuses):
        return PortalStatus.OCCUPIED
    if station_status in OUT_OF_SERVICE_STATUSES:
        return PortalStatus.NEEDS_SERVICE
    if ConnectorStatus.AVAILABLE in connector_statuses:
        return PortalStatus.AVAILABLE
    return PortalStatus.NEEDS_SERVICE
