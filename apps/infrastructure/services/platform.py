"""What only the platform operator does with stations: delete one, change ids and charging modes.

TEN-05a, TEN-05b, TEN-05c.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError
from apps.core.live import publish
from apps.infrastructure.choices import ConnectorType
from apps.infrastructure.domain.charging_modes import ChargingMode, current_of, fits
from apps.infrastructure.domain.statuses import OCCUPIED_STATUSES
from apps.infrastructure.models import ChargePoint, Connector, Meter, Station, StationConnection
from apps.tenants.models import Tenant
from apps.tenants.services.routes import claim_charge_box_id, release_charge_box_id


class StationHasSessions(AppError):
    code = "station_has_sessions"
    message = _(
        "%(station)s has charging sessions, which must be kept. Take it out of operation instead."
    )


class StationOnline(AppError):
    code = "station_online"
    message = _("%(station)s is connected. Switch it off, or wait until it is offline.")


class VehicleConnected(AppError):
    code = "vehicle_connected"
    message = _("A vehicle is connected at %(port)s. Wait until it has left.")


class ConnectorUnfit(AppError):
    code = "connector_unfit"
    message = _("A connector of type %(type)s cannot be there in charging mode %(mode)s.")


class ChargeBoxIdTyped(AppError):
    code = "charge_box_id_typed"
    message = _("This is not the Chargebox ID. Type %(charge_box_id)s to confirm.")


def lock_offline(station_id: int) -> Station:
    """Return the station, ours until the transaction ends. Raises StationOnline."""
    station = Station.objects.select_for_update(of=("self",)).get(pk=station_id)
    if StationConnection.objects.filter(station=station, is_online=True).exists():
        raise StationOnline(station=station.charge_box_id)
    return station


@transaction.atomic
def delete_station(tenant: Tenant, station_id: int, *, typed_id: str) -> None:
    """Delete the station with its charge points, connectors, meters, commands and messages.

    Raises ChargeBoxIdTyped, StationOnline, and StationHasSessions: what was charged is kept.
    """
    station = lock_offline(station_id)
    if typed_id.strip() != station.charge_box_id:
        raise ChargeBoxIdTyped("typed_id", charge_box_id=station.charge_box_id)
    location_id, name = station.location_id, station.charge_box_id
    try:
        with transaction.atomic():
            Meter.objects.filter(charge_point__station=station).delete()
            Connector.objects.filter(station=station).delete()
            ChargePoint.objects.filter(station=station).delete()
            station.delete()
    except ProtectedError as error:
        raise StationHasSessions(station=name) from error
    release_charge_box_id(tenant, station_id)
    publish("stations", location_id, [station_id])


@transaction.atomic
def change_ids(
    tenant: Tenant,
    station_id: int,
    *,
    charge_box_id: str,
    own_id: str,
    port_ids: Mapping[int, str],
    now: datetime,
) -> Station:
    """Give the station other ids; `port_ids` by key of its charge points. Sessions stay its own.

    Raises ValidationError, StationOnline, ChargeBoxIdTaken.
    """
    station = lock_offline(station_id)
    station.charge_box_id, station.station_id = charge_box_id.strip(), own_id.strip()
    station.full_clean()
    release_charge_box_id(tenant, station_id)
    claim_charge_box_id(tenant, station.charge_box_id, station_id)
    station.save(update_fields=["charge_box_id", "station_id", "updated_at"])
    charge_points = list(station.charge_points.select_for_update().order_by("number"))
    if set(port_ids) != {charge_point.pk for charge_point in charge_points}:
        raise ValidationError(_("The charge points have changed meanwhile. Load the page again."))
    change_port_ids(charge_points, port_ids)
    publish("stations", station.location_id, [station_id])
    return station


def change_port_ids(charge_points: Sequence[ChargePoint], port_ids: Mapping[int, str]) -> None:
    """Give the station's charge points other ids. Raises ValidationError."""
    present = {charge_point.pk: charge_point.charge_port_id for charge_point in charge_points}
    wanted = {pk: text.strip() for pk, text in port_ids.items() if text.strip() != present[pk]}
    changed = [charge_point for charge_point in charge_points if charge_point.pk in wanted]
    # Ids may change places: then they first get one that nobody has.
    for charge_point in changed:
        if present[charge_point.pk] in wanted.values():
            rows = ChargePoint.objects.filter(pk=charge_point.pk)
            rows.update(charge_port_id=f"~{charge_point.pk}")
    for charge_point in changed:
        charge_point.charge_port_id = wanted[charge_point.pk]
        charge_point.full_clean()
        charge_point.save(update_fields=["charge_port_id", "updated_at"])


@dataclass(frozen=True, slots=True)
class ModeChange:
    """The charging mode of one charge point, and the types of its connectors by their key."""

    mode: ChargingMode
    connector_types: Mapping[int, str]


@transaction.atomic
def change_charging_modes(station_id: int, changes: Mapping[int, ModeChange]) -> list[ChargePoint]:
    """Give charge points (by key) another charging mode; return those that changed (TEN-05c).

    The current follows from the mode. Raises VehicleConnected, ConnectorUnfit, ValidationError;
    then nothing is changed.
    """
    station = Station.objects.select_for_update(of=("self",)).get(pk=station_id)
    charge_points = station.charge_points.select_for_update().order_by("number")
    changed = [
        charge_point
        for charge_point in charge_points
        if charge_point.pk in changes and set_mode(charge_point, changes[charge_point.pk])
    ]
    if changed:
        publish("stations", station.location_id, [station_id])
    return changed


def set_mode(charge_point: ChargePoint, change: ModeChange) -> bool:
    """Write mode, current and connector types; False when they were so already."""
    connectors = list(charge_point.connectors.select_for_update().order_by("number"))
    retyped = []
    for connector in connectors:
        wanted = change.connector_types.get(connector.pk, connector.connector_type)
        if not fits(change.mode, wanted):
            raise ConnectorUnfit(
                f"connector_{connector.pk}",
                type=dict(ConnectorType.choices).get(wanted, wanted),
                mode=change.mode.value,
            )
        if wanted != connector.connector_type:
            connector.connector_type = wanted
            retyped.append(connector)
    if charge_point.charging_mode == change.mode and not retyped:
        return False
    if any(connector.status in OCCUPIED_STATUSES for connector in connectors):
        raise VehicleConnected(f"mode_{charge_point.pk}", port=charge_point.charge_port_id)
    charge_point.charging_mode = change.mode.value
    charge_point.current = current_of(change.mode)
    charge_point.full_clean()
    charge_point.save(update_fields=["charging_mode", "current", "updated_at"])
    for connector in retyped:
        connector.full_clean()
        connector.save(update_fields=["connector_type"])
    return True
