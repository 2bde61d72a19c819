"""Settlement in line with calibration law: from verification to EKA status (DOMAIN 1.7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from apps.charge_records.domain.statuses import EkaStatus

# Ours: signing can delay the stop by 30 s, and signed data may come in messages of their own.
SIGNED_DATA_WAITING_TIME = timedelta(minutes=15)


class Verification(StrEnum):
    """Outcome of checking the signed records of a session."""

    PENDING = "pending"
    NOT_POSSIBLE = "not_possible"
    FAILED = "failed"
    PASSED = "passed"


class VerificationCause(StrEnum):
    """Why signed records were checked."""

    SETTLEMENT = "settlement"
    # Signed data came after the end, or the time to wait for them is over.
    WAITING = "waiting"
    KEY_SAVED = "key_saved"
    BY_HAND = "by_hand"


class EkaReason(StrEnum):
    """Why a session is not in line with calibration law; further codes come from the check."""

    NO_SIGNED_DATA = "NO_SIGNED_DATA"
    NO_KEY = "NO_KEY"
    VERIFICATION_FAILED = "VERIFICATION_FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class EkaFacts:
    """`has_key`: a public key is kept in the meter master data.

    `verification`: None where it was not asked for yet.
    """

    is_session_ended: bool
    is_relevant: bool
    has_key: bool
    has_signed_data: bool
    verification: Verification | None
    is_waiting_time_over: bool


@dataclass(frozen=True, slots=True)
class EkaDecision:
    """`status` is None while the session runs."""

    status: EkaStatus | None
    reason: EkaReason | None = None


def is_calibration_relevant(
    *, flag: bool | None, is_in_germany: bool, is_lg2wan: bool, has_key: bool
) -> bool:
    """Tell whether calibration law applies to a charge point (DOMAIN 1.7).

    `flag`: set by hand at the charge point, decides where it is not None.
    """
    if flag is not None:
        return flag
    return is_in_germany and (is_lg2wan or has_key)


def decide_eka(facts: EkaFacts) -> EkaDecision:
    """Return the first row of the decision table that matches (DOMAIN 1.7, rows 1 to 8)."""
    if not facts.is_session_ended:
        return EkaDecision(None)
    if not facts.is_relevant:
        return EkaDecision(EkaStatus.IRRELEVANT)
    if not facts.has_signed_data:
        if not facts.is_waiting_time_over:
            return EkaDecision(EkaStatus.OPEN)
        return EkaDecision(EkaStatus.INVALID, EkaReason.NO_SIGNED_DATA)
    if facts.verification is Verification.PENDING:
        return EkaDecision(EkaStatus.OPEN)
    if not facts.has_key or facts.verification is Verification.NOT_POSSIBLE:
        return EkaDecision(EkaStatus.INVALID, EkaReason.NO_KEY)
    if facts.verification is None:
        return EkaDecision(EkaStatus.OPEN)
    if facts.verification is Verification.FAILED:
        return EkaDecision(EkaStatus.INVALID, EkaReason.VERIFICATION_FAILED)
    return EkaDecision(EkaStatus.VALID)


def may_become(before: EkaStatus, after: EkaStatus) -> bool:
    """Tell whether a check that is made once more may change the status (DOMAIN 1.7).

    Rows 3 to 7 are run again. What was billed as valid stays so, calibration law that did not
    apply does not apply afterwards, and taking a key away makes nothing billable.
    """
    if before is EkaStatus.OPEN:
        return after is not EkaStatus.OPEN
    return before is EkaStatus.INVALID and after in (EkaStatus.VALID, EkaStatus.INVALID)
