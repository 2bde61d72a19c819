"""Creating stations with their charge points and connectors; setting their keys."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Location
from apps.core.errors import AppError
from apps.infrastructure.choices import ConnectorType, Current
from apps.infrastructure.domain.charging_modes import mode_of
from apps.infrastructure.domain.security import PasswordChange
from apps.infrastructure.models import ChargePoint, Connector, Station, StationConnection
from apps.infrastructure.services.password_outcomes import save_password
from apps.infrastructure.services.passwords import hash_key, is_weak
from apps.infrastructure.services.policy import check_password_length
from apps.tenants.models import Tenant
from apps.tenants.services.routes import claim_charge_box_id


class StationExists(AppError):
    code = "station_exists"
    message = _("There is a charging station %(charge_box_id)s already.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargePointPlan:
    """What a new charge point has; one connector each, numbered like its charge point."""

    max_power_w: int
    current: str = Current.AC.value
    connector_type: str = ConnectorType.TYPE_2.value
    voltage_v: int | None = None
    current_a: int | None = None
    phases: int | None = None
    evse_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StationPlan:
    """What a new station has. `password` is hashed at once; `generated` says it is a random key."""

    charge_box_id: str
    location: Location
    password: str
    generated: bool = False
    charge_points: tuple[ChargePointPlan, ...] = ()
    fields: dict[str, object] = field(default_factory=dict)


@transaction.atomic
def create_station(tenant: Tenant, plan: StationPlan, *, now: datetime) -> Station:
    """Create the station with its charge points, connectors, presence row and route.

    Raises ValidationError, PasswordLength, StationExists or ChargeBoxIdTaken; then nothing is kept.
    """
    if Station.objects.filter(charge_box_id__iexact=plan.charge_box_id).exists():
        raise StationExists("charge_box_id", charge_box_id=plan.charge_box_id)
    station = Station(charge_box_id=plan.charge_box_id, location=plan.location, **plan.fields)
    set_key(station, plan.password, generated=plan.generated, now=now)
    station.full_clean()
    station.save()
    StationConnection.objects.create(station=station)
    for number, charge_point in enumerate(plan.charge_points, start=1):
        add_charge_point(station, number, charge_point)
    claim_charge_box_id(tenant, station.charge_box_id, station.pk)
    return station


def add_charge_point(station: Station, number: int, plan: ChargePointPlan) -> ChargePoint:
    """Add a charge point with one connector; its charge port ID is made of the station's id."""
    charge_point = ChargePoint(
        station=station,
        number=number,
        charge_port_id=f"{station.charge_box_id}-{number}",
        evse_id=plan.evse_id,
        current=plan.current,
        charging_mode=mode_of(plan.current, [plan.connector_type]).value,
        voltage_v=plan.voltage_v,
        current_a=plan.current_a,
        phases=plan.phases,
        max_power_w=plan.max_power_w,
    )
    charge_point.full_clean()
    charge_point.save()
    Connector.objects.create(
        station=station,
        charge_point=charge_point,
        number=number,
        connector_type=plan.connector_type,
    )
    return charge_point


def set_key(station: Station, password: str, *, generated: bool, now: datetime) -> None:
    """Put a new key on the (unsaved) station. Raises PasswordLength."""
    check_password_length(password)
    station.password_hash = hash_key(password, generated=generated)
    station.password_is_weak = not generated and is_weak(password)
    station.password_set_at = now


def change_key(station: Station, password: str, *, generated: bool, now: datetime) -> None:
    """Give an existing station a new key; its open socket lives on. Raises PasswordLength."""
    set_key(station, password, generated=generated, now=now)
    station.next_password_hash, station.next_password_is_weak = "", False
    station.password_change, station.password_command_id = PasswordChange.SET_HERE.value, None
    save_password(station)


def ensure_connector(station: Station, number: int) -> Connector:
    """Return the connector, making it (and a charge point) when master data do not know it.

    A station that reports a connector nobody entered must not lose its sessions over that. The new
    charge point takes after the station's first one, 22 kW AC where it has none.
    """
    connector = station.connectors.select_related("charge_point").filter(number=number).first()
    if connector is not None:
        return connector
    with transaction.atomic():
        # Two messages of one station may come at once on two sockets.
        Station.objects.select_for_update().get(pk=station.pk)
        connector = station.connectors.filter(number=number).first()
        if connector is not None:
            return connector
        first = station.charge_points.first()
        plan = plan_like(first) if first else ChargePointPlan(max_power_w=22_000)
        add_charge_point(station, number, plan)
    return station.connectors.select_related("charge_point").get(number=number)


def plan_like(charge_point: ChargePoint) -> ChargePointPlan:
    """Return the plan of another charge point with the power and current of this one."""
    is_dc = charge_point.current == Current.DC
    return ChargePointPlan(
        max_power_w=charge_point.max_power_w,
        current=charge_point.current,
        connector_type=ConnectorType.CCS_2.value if is_dc else ConnectorType.TYPE_2.value,
    )
