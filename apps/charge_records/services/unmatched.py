"""Ends that belong to no open session: kept as sent, never applied (OCP-06)."""

from datetime import datetime
from typing import Any

from apps.charge_records.domain.timing import is_time_unreadable
from apps.charge_records.models import ChargingSession, UnmatchedMessage
from apps.vocabulary.events import TransactionEnded

UNKNOWN_STOP = "stop_unknown"
CONFLICTING_STOP = "stop_conflicting"


def is_same_stop(session: ChargingSession, event: TransactionEnded) -> bool:
    """Tell whether the event is the end that the session has already."""
    at_fits = is_time_unreadable(event.flags) or session.ended_at == event.at
    return (
        at_fits
        and session.meter_stop_wh == event.meter_stop_wh
        and session.stop_reason == (event.reason or "")
    )


def keep_unknown(station_id: int, event: TransactionEnded, *, now: datetime) -> None:
    """Keep an end whose transaction is not the station's."""
    keep(station_id, UNKNOWN_STOP, event, now=now)


def keep_conflict(session: ChargingSession, event: TransactionEnded, *, now: datetime) -> None:
    """Keep a second, different end, and remark it on the session; the first one stays."""
    keep(session.station_id, CONFLICTING_STOP, event, now=now)
    if CONFLICTING_STOP not in session.flags:
        session.flags = [*session.flags, CONFLICTING_STOP]
        session.save(update_fields=["flags"])


def keep(station_id: int, kind: str, event: TransactionEnded, *, now: datetime) -> None:
    UnmatchedMessage.objects.create(
        station_id=station_id,
        kind=kind,
        transaction_id=event.transaction_id,
        payload=payload_of(event),
        received_at=now,
    )


def payload_of(event: TransactionEnded) -> dict[str, Any]:
    """Return the end as JSON; the message log holds the frame itself."""
    return {
        "id_tag": event.id_tag,
        "meter_stop_wh": event.meter_stop_wh,
        "at": event.at.isoformat(),
        "at_raw": event.at_raw,
        "reason": event.reason,
        "flags": list(event.flags),
        "samples": [
            {
                "at": sample.at.isoformat(),
                "measurand": sample.measurand,
                "phase": sample.phase,
                "context": sample.context,
                "format": sample.format,
                "unit": sample.unit,
                "raw_value": sample.raw_value,
            }
            for sample in event.samples
        ],
    }
