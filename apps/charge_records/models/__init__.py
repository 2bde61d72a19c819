from apps.charge_records.models.activations import Activation
from apps.charge_records.models.calibration import (
    CheckLink,
    OfferedKey,
    SignedRecord,
    VerificationRun,
)
from apps.charge_records.models.evaluations import Evaluation, RecordMark
from apps.charge_records.models.records import ChargeRecord
from apps.charge_records.models.samples import MeterSample
from apps.charge_records.models.sessions import ChargingSession, UnmatchedMessage
from apps.charge_records.models.totals import DailyTotal, HourlyTotal

__all__ = [
    "Activation",
    "ChargeRecord",
    "ChargingSession",
    "CheckLink",
    "DailyTotal",
    "Evaluation",
    "HourlyTotal",
    "MeterSample",
    "OfferedKey",
    "RecordMark",
    "SignedRecord",
    "UnmatchedMessage",
    "VerificationRun",
]
