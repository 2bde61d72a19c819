"""The check of a session by calibration law: signed texts and master data in, verdict out."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from apps.charge_records.domain.alfen import parse_alfen
from apps.charge_records.domain.eka import Verification
from apps.charge_records.domain.ocmf.codes import ReasonCode
from apps.charge_records.domain.ocmf.parsing import parse_ocmf
from apps.charge_records.domain.ocmf.records import (
    MalformedRecordError,
    Record,
    distinct_texts,
)
from apps.charge_records.domain.ocmf.verdict import MeterData, SessionClaim, Verdict, judge
from apps.charge_records.domain.ocmf.verification import RecordCheck, check_record
from apps.charge_records.domain.signed_formats import SignedFormat, recognise

_PARSERS: dict[SignedFormat, Callable[[str], Record]] = {
    SignedFormat.OCMF: parse_ocmf,
    SignedFormat.ALFEN: parse_alfen,
}
_COULD_STILL_COME = frozenset({ReasonCode.NO_BEGIN, ReasonCode.NO_END})


def check_session(
    texts: Iterable[str], meter: MeterData, claim: SessionClaim | None = None
) -> Verdict:
    """Return the verdict over the signed records of one session, in order of arrival.

    A text that came twice counts once. `claim`: None compares with nothing that OCPP said.
    """
    distinct = distinct_texts(tuple(texts))
    if not distinct:
        return Verdict(reasons=(ReasonCode.NO_SIGNED_DATA,), warnings=(), checks=())
    checks = [_check_text(text, meter) for text in distinct]
    return judge(checks, meter, claim or SessionClaim())


def read_record(text: str) -> Record:
    """Return what a record of a verified format says; MalformedRecordError for any other text."""
    parser = _PARSERS.get(recognise(text) or SignedFormat.UNKNOWN)
    if parser is None:
        raise MalformedRecordError("not a format that is read")
    return parser(text)


def verification_of(verdict: Verdict) -> Verification:
    """Return the outcome in the words of the EKA decision table."""
    if verdict.is_valid:
        return Verification.PASSED
    if ReasonCode.NO_KEY in verdict.reasons:
        return Verification.NOT_POSSIBLE
    return Verification.FAILED


def is_incomplete(verdict: Verdict) -> bool:
    """Tell whether nothing speaks against the records but a begin or an end that is missing."""
    return bool(verdict.reasons) and _COULD_STILL_COME.issuperset(verdict.reasons)


def _check_text(text: str, meter: MeterData) -> RecordCheck:
    form = recognise(text) or SignedFormat.UNKNOWN
    parser = _PARSERS.get(form)
    if parser is None:
        return RecordCheck(text, form, None, False, (ReasonCode.UNSUPPORTED_FORMAT,))
    try:
        record = parser(text)
    except MalformedRecordError:
        return RecordCheck(text, form, None, False, (ReasonCode.MALFORMED,))
    return check_record(record, meter.public_key)
