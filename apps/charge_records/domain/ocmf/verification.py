"""Does the signature of one record hold for the key of its meter?"""

from __future__ import annotations

from dataclasses import dataclass

from apps.charge_records.domain.ocmf.codes import ReasonCode, WarningCode
from apps.charge_records.domain.ocmf.curves import is_signed
from apps.charge_records.domain.ocmf.keys import KeyNotReadableError, read_key
from apps.charge_records.domain.ocmf.records import Record
from apps.charge_records.domain.signed_formats import SignedFormat


@dataclass(frozen=True, slots=True)
class RecordCheck:
    """Result for one record text. `record`: None where the text could not be read.

    `reasons`: what is wrong with this record alone; empty if and only if it was verified and its
    version is known. `is_signature_valid`: the octets are those that the meter signed.
    """

    text: str
    format: SignedFormat
    record: Record | None
    is_signature_valid: bool
    reasons: tuple[ReasonCode, ...]
    warnings: tuple[WarningCode, ...] = ()


def check_record(record: Record, key_text: str) -> RecordCheck:
    """Verify a record with the key of the meter master data (any notation; empty: none kept)."""
    reasons = [] if record.is_version_supported else [ReasonCode.UNSUPPORTED_VERSION]
    fault = signature_fault(record, key_text)
    if fault is not None:
        reasons.append(fault)
    warnings = []
    if record.signature is not None and not record.signature.is_canonical:
        warnings.append(WarningCode.NONCANONICAL_DER)
    if record.has_extra_section:
        warnings.append(WarningCode.EXTRA_SECTION)
    return RecordCheck(
        text=record.text,
        format=record.format,
        record=record,
        is_signature_valid=fault is None,
        reasons=tuple(reasons),
        warnings=tuple(warnings),
    )


def signature_fault(record: Record, key_text: str) -> ReasonCode | None:
    """Return why the signature does not hold; None where it does."""
    if record.curve is None:
        return ReasonCode.UNSUPPORTED_ALGORITHM
    if not key_text.strip():
        return ReasonCode.NO_KEY
    try:
        key = read_key(key_text, record.curve)
    except KeyNotReadableError:
        return ReasonCode.KEY_INVALID
    if key.curve != record.curve:
        return ReasonCode.KEY_CURVE_MISMATCH
    signature = record.signature
    if signature is None:
        return ReasonCode.SIGNATURE_INVALID
    if is_signed(key.curve, key.point, signature.r, signature.s, record.signed):
        return None
    return ReasonCode.SIGNATURE_INVALID
