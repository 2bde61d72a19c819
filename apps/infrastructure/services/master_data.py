"""Changing the master data of stations and charge points that exist already."""

from datetime import datetime

from django.db import transaction

from apps.core.live import publish
from apps.infrastructure.models import ChargePoint, Station
from apps.infrastructure.services.password_outcomes import PASSWORD_FIELDS
from apps.infrastructure.services.statuses import refresh_status

SECURITY_FIELDS = frozenset({*PASSWORD_FIELDS, "security_profile"})


@transaction.atomic
def save_station(station: Station, *, now: datetime) -> None:
    """Keep changed master data; a change of state shows at once. Raises ValidationError."""
    station.full_clean()
    left = Station.objects.values_list("location", flat=True).get(pk=station.pk)
    # A password may be changing meanwhile: the row that was read must not bring the old one back.
    names = [field.name for field in station._meta.concrete_fields if not field.primary_key]
    station.save(update_fields=[name for name in names if name not in SECURITY_FIELDS])
    refresh_status(station.pk, now=now)
    for location_id in {left, station.location_id}:
        publish("stations", location_id, [station.pk])


@transaction.atomic
def save_charge_point(charge_point: ChargePoint) -> None:
    """Keep changed master data of a charge point. Raises ValidationError."""
    charge_point.full_clean()
    charge_point.save()
    publish("stations", charge_point.station.location_id, [charge_point.station_id])
