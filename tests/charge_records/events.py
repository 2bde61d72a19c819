"""Events as a charger would send them, for the tests of this room."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from apps.vocabulary.events import Sample, TransactionEnded, TransactionStarted
from tests.conftest import NOW

TAG = "04A2B3C4D5E680"
START = TransactionStarted(
    connector=1,
    id_tag=TAG,
    meter_start_wh=1_000,
    at=NOW,
    reservation_id=None,
    at_raw="2026-11-24T12:00:00Z",
)
ENDED = TransactionEnded(
    transaction_id=None,
    id_tag=TAG,
    meter_stop_wh=11_000,
    at=NOW + timedelta(hours=1),
    reason="Local",
    samples=(),
)


def started(**changes: Any) -> TransactionStarted:
    return replace(START, **changes)


def ended(transaction_id: int | None, **changes: Any) -> TransactionEnded:
    return replace(ENDED, transaction_id=transaction_id, **changes)


def sample(at: datetime, value_wh: int, **changes: Any) -> Sample:
    """A reading of the energy register in Wh."""
    fields: dict[str, Any] = {
        "at": at,
        "measurand": "Energy.Active.Import.Register",
        "value": Decimal(value_wh),
        "unit": "Wh",
        "phase": None,
        "context": "Sample.Periodic",
        "location": "Outlet",
        "format": "Raw",
        "raw_value": str(value_wh),
    }
    return Sample(**{**fields, **changes})
