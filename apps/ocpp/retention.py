"""The message log goes by age; what a record still waits for stays."""

from datetime import datetime, timedelta

from django.conf import settings

from apps.charge_records.models import ChargingSession
from apps.core.ageing import drop_older
from apps.ocpp.models import MessageExchange

SESSIONS = ChargingSession._meta.db_table
# A fault is looked into for so long at least, whatever the setting says.
KEPT_AT_LEAST = timedelta(days=31)
# The transaction messages of a session that has no record: from a little before its start until
# its stop or, where that is missing, a day beyond its last sign of life.
# Two conditions, for each has its partial index.
KEPT = f"""
x.action IN ('Authorize', 'StartTransaction', 'StopTransaction', 'MeterValues') AND (
    EXISTS (
        SELECT 1 FROM {SESSIONS} s
        WHERE s.station_id = x.station_id AND s.state IN ('active', 'hanging')
            AND x.requested_at BETWEEN s.start_received_at - interval '10 minutes'
                AND GREATEST(s.last_sample_at, s.start_received_at) + interval '1 day'
    )
    OR EXISTS (
        SELECT 1 FROM {SESSIONS} s
        WHERE s.station_id = x.station_id AND s.state = 'ended' AND NOT s.is_settled
            AND x.requested_at BETWEEN s.start_received_at - interval '10 minutes'
                AND s.stop_received_at + interval '1 day'
    )
)
"""  # noqa: S608 our own names


def drop_old_messages(*, now: datetime) -> int:
    """Delete messages of before MESSAGE_LOG_KEPT_DAYS; return how many went."""
    limit = now - max(timedelta(days=settings.MESSAGE_LOG_KEPT_DAYS), KEPT_AT_LEAST)
    return drop_older(MessageExchange._meta.db_table, "requested_at", limit, kept=KEPT)
