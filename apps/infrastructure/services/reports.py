"""What a station says of itself: boot, firmware, diagnostics."""

from datetime import datetime

from apps.core.live import publish
from apps.infrastructure.models import Station
from apps.vocabulary.events import StationBooted


def record_boot(station_id: int, event: StationBooted, *, now: datetime) -> Station:
    """Keep what the station sent at its boot, as sent; return the station."""
    station = Station.objects.get(pk=station_id)
    station.reported_vendor = event.vendor
    station.reported_model = event.model
    station.serial_number = event.charge_point_serial_number or event.serial_number
    station.firmware_version = event.firmware_version
    station.iccid = event.iccid
    station.imsi = event.imsi
    station.last_boot_at = now
    station.save(
        update_fields=[
            "reported_vendor",
            "reported_model",
            "serial_number",
            "firmware_version",
            "iccid",
            "imsi",
            "last_boot_at",
            "updated_at",
        ]
    )
    publish("stations", station.location_id, [station_id])
    return station


def record_firmware(station_id: int, status: str, *, now: datetime) -> None:
    """Keep how far a firmware update got."""
    Station.objects.filter(pk=station_id).update(firmware_status=status, updated_at=now)


def record_diagnostics(station_id: int, status: str, *, now: datetime) -> None:
    """Keep how far the upload of diagnostics got."""
    Station.objects.filter(pk=station_id).update(diagnostics_status=status, updated_at=now)
