"""Rows of infrastructure."""

from datetime import timedelta

from django.db import connection

from apps.infrastructure.models import (
    CertificateAuthority,
    ChargePoint,
    Meter,
    ProductAssignment,
    SecurityPolicy,
    Station,
    StationCertificate,
    StationCommand,
)
from apps.infrastructure.services.stations import ChargePointPlan, StationPlan, create_station
from apps.tenants.models import Tenant
from apps.vocabulary.commands import Command
from tests.factories.base import NOW, Place


def make_station(place: Place) -> Station:
    """Return the place's station; it is made at the first call."""
    charge_box_id = f"{place.mark}-BOX"
    if found := Station.objects.filter(charge_box_id=charge_box_id).first():
        return found
    plan = StationPlan(
        charge_box_id=charge_box_id,
        location=place.location,
        password="station-key-0123456789",
        generated=True,
        charge_points=(ChargePointPlan(max_power_w=22_000),),
        fields={"name": f"{place.mark}-name"},
    )
    tenant = Tenant.objects.get(schema_name=connection.schema_name)
    return create_station(tenant, plan, now=NOW)


def make_charge_point(place: Place) -> ChargePoint:
    return make_station(place).charge_points.get()


def make_meter(place: Place) -> Meter:
    return Meter.objects.create(
        charge_point=make_charge_point(place), meter_number=f"{place.mark}-METER"
    )


def make_assignment(place: Place) -> ProductAssignment:
    return ProductAssignment.objects.create(
        station=make_station(place), product="eoperate_professional", starts_on=NOW.date()
    )


def make_command(place: Place) -> StationCommand:
    return StationCommand.objects.create(
        station=make_station(place),
        command=Command.RESTART.value,
        parameters={"note": place.mark},
        requested_at=NOW,
        expires_at=NOW + timedelta(hours=1),
        error_description=place.mark,
    )


def make_security_policy(place: Place) -> SecurityPolicy:
    return SecurityPolicy.objects.create(operator_name=place.mark)


def make_authority(place: Place) -> CertificateAuthority:
    """Return the place's authority; it is made at the first call."""
    return CertificateAuthority.objects.get_or_create(
        name=f"{place.mark}-authority", defaults={"certificate": f"{place.mark} PEM"}
    )[0]


def make_certificate(place: Place) -> StationCertificate:
    return StationCertificate.objects.create(
        station=make_station(place),
        requested_at=NOW,
        request=f"{place.mark} request",
        chain=f"{place.mark} chain",
        serial_number="7A",
        subject=f"CN={place.mark}",
        valid_from=NOW,
        valid_until=NOW + timedelta(days=365),
        state="not_sent",
    )


FACTORIES = {
    SecurityPolicy: make_security_policy,
    CertificateAuthority: make_authority,
    Station: make_station,
    ChargePoint: make_charge_point,
    Meter: make_meter,
    StationCommand: make_command,
    StationCertificate: make_certificate,
    ProductAssignment: make_assignment,
}
