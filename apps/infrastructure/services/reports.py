"""What a station says of itself: boot, firmware, diagnostics."""

from datetime import datetime

from apps.core.live import publish
from apps.core.rows import read
from apps.infrastructure.models import Station
from apps.vocabulary.events import StationBooted

BOOT = f"""
UPDATE {Station._meta.db_table} SET
    reported_vendor = %(vendor)s, reported_model = %(model)s, serial_number = %(serial)s,
    firmware_version = %(firmware)s, iccid = %(iccid)s, imsi = %(imsi)s,
    last_boot_at = %(now)s, updated_at = %(now)s
WHERE id = %(station)s
RETURNING location_id
"""  # noqa: S608 our own table name; values travel as parameters


def record_boot(station_id: int, event: StationBooted, *, now: datetime) -> None:
    """Keep what the station sent at its boot, as sent. Raises Station.DoesNotExist."""
    values = {
        "station": station_id,
        "vendor": event.vendor,
        "model": event.model,
        "serial": event.charge_point_serial_number or event.serial_number,
        "firmware": event.firmware_version,
        "iccid": event.iccid,
        "imsi": event.imsi,
        "now": now,
    }
    rows = read(BOOT, values)
    if not rows:
        raise Station.DoesNotExist(f"There is no station {station_id}.")
    publish("stations", rows[0][0], [station_id])


def record_firmware(station_id: int, status: str, *, now: datetime) -> None:
    """Keep how far a firmware update got."""
    Station.objects.filter(pk=station_id).update(firmware_status=status, updated_at=now)


def record_diagnostics(station_id: int, status: str, *, now: datetime) -> None:
    """Keep how far the upload of diagnostics got."""
    Station.objects.filter(pk=station_id).update(diagnostics_status=status, updated_at=now)
