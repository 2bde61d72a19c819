"""Meter values go by age; what is signed or not yet on a record stays."""

from datetime import datetime, timedelta

from django.conf import settings

from apps.charge_records.models import ChargingSession, MeterSample
from apps.core.ageing import drop_older

# A record may be questioned for so long at least, whatever the setting says.
KEPT_AT_LEAST = timedelta(days=93)
KEPT = f"""
x.is_signed OR EXISTS (
    SELECT 1 FROM {ChargingSession._meta.db_table} s
    WHERE s.station_id = x.station_id AND s.transaction_id = x.transaction_id AND NOT s.is_settled
)
"""  # noqa: S608 our own names


def drop_old_samples(*, now: datetime) -> int:
    """Delete meter values received before METER_VALUES_KEPT_DAYS; return how many went."""
    limit = now - max(timedelta(days=settings.METER_VALUES_KEPT_DAYS), KEPT_AT_LEAST)
    return drop_older(MeterSample._meta.db_table, "received_at", limit, kept=KEPT)
