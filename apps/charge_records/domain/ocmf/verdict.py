"""From verified records to the verdict of calibration law over a session (DOMAIN 1.5)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from apps.charge_records.domain.ocmf.codes import ReasonCode, WarningCode
from apps.charge_records.domain.ocmf.readings import Placed, find_span
from apps.charge_records.domain.ocmf.records import (
    EXCEPTION_REASON,
    Reading,
    Record,
    record_fingerprint,
)
from apps.charge_records.domain.ocmf.verification import RecordCheck
from apps.vocabulary.identifiers import IdentifierError, normalise_uid, reverse_uid, same_contract

# OCMF, table 11: levels that say the identification failed.
IDENTIFICATION_ERRORS = frozenset({"MISMATCH", "INVALID", "OUTDATED", "UNKNOWN"})
# OCMF, table 17: types whose data can be compared with the idTag of OCPP.
COMPARABLE_IDENTIFICATIONS = frozenset({"ISO14443", "EMAID"})
# OCPP 1.6 counts whole Wh.
_OCPP_STEP_WH = Decimal(1)
_SEPARATORS = re.compile(r"[\s\-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterData:
    """Master data of the meter. `public_key`: any notation, empty for none; nothing else is
    trusted. `calibrated_to`: last day of validity. What is empty is not compared.
    """

    public_key: str = ""
    number: str = ""
    calibrated_to: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionClaim:
    """What OCPP says of the session. `energy_wh`: meterStop less meterStart.

    `used_fingerprints`: of records that other charge records were made from.
    """

    id_tag: str = ""
    energy_wh: int | None = None
    is_time_billed: bool = False
    used_fingerprints: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`is_valid`: in line with calibration law, by no reason against it. `energy_wh`: signed
    energy, which is what is billed; begin, end and energy are None where they cannot be used.
    """

    reasons: tuple[ReasonCode, ...]
    warnings: tuple[WarningCode, ...]
    checks: tuple[RecordCheck, ...]
    begin: Reading | None = None
    end: Reading | None = None
    energy_wh: Decimal | None = None

    @property
    def is_valid(self) -> bool:
        return not self.reasons


def judge(checks: Sequence[RecordCheck], meter: MeterData, claim: SessionClaim) -> Verdict:
    """Return the verdict over all records of one session, each given once."""
    reasons = {reason for check in checks for reason in check.reasons}
    warnings = {warning for check in checks for warning in check.warnings}
    records = [check.record for check in checks if check.record is not None]
    begin = end = None
    if records:
        reasons.update(_record_reasons(records, meter))
        span = find_span(records)
        reasons.update(span.reasons)
        if span.begin is not None and span.end is not None:
            begin, end = span.begin.reading, span.end.reading
            reasons.update(_reading_reasons(begin, end))
            reasons.update(_page_reasons(span.begin, span.end))
            if _is_past(end, meter.calibrated_to):
                reasons.add(ReasonCode.CALIBRATION_EXPIRED)
            warnings.update(_reading_warnings(begin, end, records))
            if ReasonCode.PAGINATION not in reasons:
                warnings.update(_page_warnings(records))
    if any(record_fingerprint(check.text) in claim.used_fingerprints for check in checks):
        reasons.add(ReasonCode.DUPLICATE_RECORD)
    warnings.update(_claim_warnings(records, begin, end, claim))
    if claim.is_time_billed and not _is_time_billable(reasons, warnings):
        reasons.add(ReasonCode.TIME_NOT_BILLABLE)
    if ReasonCode.SIGNATURE_INVALID in reasons or ReasonCode.MALFORMED in reasons:
        begin = end = None
    return Verdict(
        reasons=tuple(code for code in ReasonCode if code in reasons),
        warnings=tuple(code for code in WarningCode if code in warnings),
        checks=tuple(checks),
        begin=begin,
        end=end,
        energy_wh=_energy_wh(begin, end),
    )


def _energy_wh(begin: Reading | None, end: Reading | None) -> Decimal | None:
    if begin is None or end is None or begin.energy_wh is None or end.energy_wh is None:
        return None
    return end.energy_wh - begin.energy_wh


def _record_reasons(records: Sequence[Record], meter: MeterData) -> Iterator[ReasonCode]:
    if any(record.identification_level.upper() in IDENTIFICATION_ERRORS for record in records):
        yield ReasonCode.IDENTIFICATION_ERROR
    sources = (
        {_comparable(record.gateway_serial) for record in records},
        {_comparable(record.meter_serial) for record in records},
        {record.session_reference for record in records},
    )
    if any(len(known - {""}) > 1 for known in sources):
        yield ReasonCode.SOURCE_MISMATCH
    number = _comparable(meter.number)
    if number and any(
        number not in (_comparable(record.meter_serial), _comparable(record.gateway_serial))
        for record in records
    ):
        yield ReasonCode.METER_NUMBER_MISMATCH


def _comparable(number: str) -> str:
    return _SEPARATORS.sub("", number).upper()


def _reading_reasons(begin: Reading, end: Reading) -> Iterator[ReasonCode]:
    if begin.value is None or end.value is None:
        yield ReasonCode.MALFORMED
    elif begin.energy_wh is None or end.energy_wh is None:
        yield ReasonCode.UNIT_INVALID
    elif end.energy_wh < begin.energy_wh:
        yield ReasonCode.VALUE_DECREASED
    if begin.at is not None and end.at is not None and end.at < begin.at:
        yield ReasonCode.TIME_REVERSED
    if not _is_time_status_sound(begin, end):
        yield ReasonCode.TIME_STATUS
    if begin.status != "G" or end.status != "G":
        yield ReasonCode.METER_STATUS
    if "E" in begin.error_flags or "E" in end.error_flags:
        yield ReasonCode.ERROR_FLAG_ENERGY


def _is_time_status_sound(begin: Reading, end: Reading) -> bool:
    """The begin states how its time was got; a relative begin has a relative end."""
    return bool(begin.time_status) and (begin.time_status != "R" or end.time_status == "R")


def _reading_warnings(
    begin: Reading, end: Reading, records: Iterable[Record]
) -> Iterator[WarningCode]:
    is_relative = end.time_status == "R"
    is_synchronised = begin.time_status == end.time_status == "S"
    if _is_time_status_sound(begin, end) and not (is_relative or is_synchronised):
        yield WarningCode.TIME_NOT_BILLABLE
    if begin.at is None or end.at is None:
        yield WarningCode.TIME_UNPARSABLE
    if "t" in begin.error_flags or "t" in end.error_flags:
        yield WarningCode.ERROR_FLAG_TIME
    if any(
        reading.reason == EXCEPTION_REASON and reading.register is not None
        for record in records
        for reading in record.readings
    ):
        yield WarningCode.EXCEPTION_READING


def _is_time_billable(reasons: set[ReasonCode], warnings: set[WarningCode]) -> bool:
    return ReasonCode.TIME_STATUS not in reasons and warnings.isdisjoint(
        {
            WarningCode.TIME_NOT_BILLABLE,
            WarningCode.TIME_UNPARSABLE,
            WarningCode.ERROR_FLAG_TIME,
        }
    )


def _page_reasons(begin: Placed, end: Placed) -> Iterator[ReasonCode]:
    first, last = begin.record.page, end.record.page
    if not (
        first and last and first.context == last.context == "T" and first.number <= last.number
    ):
        yield ReasonCode.PAGINATION


def _page_warnings(records: Iterable[Record]) -> Iterator[WarningCode]:
    """A gap only warns: two charge points at one gateway share a counter."""
    numbers = sorted(
        record.page.number for record in records if record.page and record.page.context == "T"
    )
    steps = {later - earlier for earlier, later in pairwise(numbers)}
    if 0 in steps:
        yield WarningCode.PAGINATION_REPEATED
    if steps - {0, 1}:
        yield WarningCode.PAGINATION_GAP


def _is_past(end: Reading, calibrated_to: date | None) -> bool:
    return calibrated_to is not None and end.at is not None and end.at.date() > calibrated_to


def _claim_warnings(
    records: Iterable[Record], begin: Reading | None, end: Reading | None, claim: SessionClaim
) -> Iterator[WarningCode]:
    if claim.id_tag and any(
        record.is_identified
        and record.identification
        and record.identification_type.upper() in COMPARABLE_IDENTIFICATIONS
        and not _is_same_identification(record.identification, claim.id_tag)
        for record in records
    ):
        yield WarningCode.ID_MISMATCH
    signed_wh = _energy_wh(begin, end)
    if signed_wh is None or claim.energy_wh is None or begin is None or end is None:
        return
    step = max(min(begin.last_digit_wh, end.last_digit_wh), _OCPP_STEP_WH)
    if abs(signed_wh - claim.energy_wh) > step:
        yield WarningCode.ENERGY_DIFFERS


def _is_same_identification(signed: str, id_tag: str) -> bool:
    """The same text, the same card in either order of its bytes, or the same contract."""
    if signed.strip().casefold() == id_tag.strip().casefold():
        return True
    one, other = normalise_uid(signed), normalise_uid(id_tag)
    if one is not None and other is not None:
        return one in (other, reverse_uid(other))
    try:
        return same_contract(signed, id_tag)
    except IdentifierError:
        return False
