"""Meter values go by age; what is signed or not yet on a record stays. So do totals of hours."""

from datetime import date, datetime, timedelta

from django.conf import settings

from apps.charge_records.models import ChargingSession, HourlyTotal, MeterSample
from apps.core.ageing import drop_older

# A record may be questioned for so long at least, whatever the setting says.
KEPT_AT_LEAST = timedelta(days=93)
# The chart of today reads them; yesterday's may still be today's somewhere.
HOURS_KEPT = timedelta(days=7)
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


def drop_old_hours(*, today: date) -> int:
    """Delete the totals of hours that no chart shows any more; return how many went."""
    return HourlyTotal.objects.filter(day__lt=today - HOURS_KEPT).delete()[0]
