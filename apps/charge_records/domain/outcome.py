"""Status of a charge record from its facts and EKA, and its errors (DOMAIN 5, rules 1 to 15)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from apps.charge_records.domain.plausibility import SessionFacts, findings
from apps.charge_records.domain.statuses import (
    COUNTED_ERROR_CLASSES,
    ERROR_DETAILS,
    BdrDetail,
    BdrMain,
    EkaStatus,
    ErrorClass,
)

# FAQ "Which errors exist"; consumption out of bounds is one class there (DOMAIN 5, mapping).
# A duplicate and an unknown EMP are errors of the record, not of the charge point: not counted.
_ERROR_CLASS_OF = {
    BdrDetail.START_IN_FUTURE: ErrorClass.START_IN_FUTURE,
    BdrDetail.NEGATIVE_DURATION: ErrorClass.NEGATIVE_DURATION,
    BdrDetail.NEGATIVE_ENERGY: ErrorClass.NEGATIVE_ENERGY,
    BdrDetail.NEGATIVE_POWER: ErrorClass.NEGATIVE_POWER,
    BdrDetail.POWER_IMPLAUSIBLE: ErrorClass.POWER_IMPLAUSIBLE,
    BdrDetail.CONSUMPTION_TOO_LOW: ErrorClass.ENERGY_IMPLAUSIBLE,
    BdrDetail.CONSUMPTION_TOO_HIGH: ErrorClass.ENERGY_IMPLAUSIBLE,
}

# Reasons of OCPP 1.6, 7.36, that tell of a fault: the session did not end as the driver meant.
FAULT_REASONS = frozenset({"EmergencyStop", "PowerLoss"})

_RATE_STEP = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Status of a charge record; `detail` is the first of `findings` where main comes from them."""

    main: BdrMain
    detail: BdrDetail | None
    findings: tuple[BdrDetail, ...]
    error_classes: tuple[ErrorClass, ...]

    @property
    def counts_in_error_rate(self) -> bool:
        """At least one error class counts."""
        return not COUNTED_ERROR_CLASSES.isdisjoint(self.error_classes)


@dataclass(frozen=True, slots=True)
class ErrorTally:
    """`errors`: activations with a counted error; `activations`: all but those refused."""

    errors: int
    activations: int

    @property
    def rate(self) -> Decimal | None:
        """Share of erroneous activations, 0 to 1 with four places; None for no data."""
        return error_rate(errors=self.errors, activations=self.activations)


def judge(
    facts: SessionFacts, *, eka: EkaStatus, is_own_charge: bool, stop_reason: str | None = None
) -> Outcome:
    """Return the status of the charge record of a finished session.

    A record without end or energy is Unknown unless a finding says more. `stop_reason`: the
    charger's word, None where it gave none.
    """
    found = findings(facts)
    plausibility = None
    if found:
        plausibility = BdrMain.ERROR if found[0] in ERROR_DETAILS else BdrMain.EXCLUSION
    main, detail = bdr_status(plausibility, eka=eka, is_own_charge=is_own_charge)
    if plausibility is not None:
        detail = found[0]
    elif not facts.is_complete:
        main, detail = BdrMain.UNKNOWN, None
    return Outcome(main, detail, found, _error_classes(facts, found, eka, stop_reason))


def bdr_status(
    plausibility: BdrMain | None, *, eka: EkaStatus | None, is_own_charge: bool
) -> tuple[BdrMain, BdrDetail | None]:
    """Return main and detailed status from the plausibility's main status (None: plausible).

    Error and Exclusion win over the EKA effect, with their own detail (None here). Own charge is
    named before missing compliance, since nothing is billed (DOMAIN 1.7).
    """
    if plausibility is not None:
        return plausibility, None
    if eka is EkaStatus.OPEN:
        return BdrMain.UNKNOWN, None
    if is_own_charge:
        return BdrMain.SUCCESSFUL_WITH_RESTRICTIONS, BdrDetail.OWN_CHARGE
    if eka is EkaStatus.INVALID:
        return BdrMain.SUCCESSFUL_WITH_RESTRICTIONS, BdrDetail.NO_CALIBRATION_LAW_COMPLIANCE
    return BdrMain.SUCCESSFUL, None


def is_counted(error_class: ErrorClass) -> bool:
    """Tell whether an error counts in the error rate (CDR-07)."""
    return error_class in COUNTED_ERROR_CLASSES


def tally_errors(activations: Iterable[Collection[ErrorClass]]) -> ErrorTally:
    """Return the counts over activations, each given by its error classes (none: all went well).

    A failed authorisation is left out of both counts; several errors of one activation count once.
    """
    errors = total = 0
    for classes in activations:
        if ErrorClass.AUTHORIZATION_FAILED in classes:
            continue
        total += 1
        errors += any(is_counted(error_class) for error_class in classes)
    return ErrorTally(errors, total)


def error_rate(*, errors: int, activations: int) -> Decimal | None:
    """Return errors by activations, 0 to 1 with four places; None (shown as "–") for no data."""
    if activations <= 0:
        return None
    return (Decimal(errors) / Decimal(activations)).quantize(_RATE_STEP)


def _error_classes(
    facts: SessionFacts, found: Sequence[BdrDetail], eka: EkaStatus, stop_reason: str | None
) -> tuple[ErrorClass, ...]:
    """Return the error classes, each once; a duplicate has none, its first record carries them.

    Under a minute and no energy: the driver gave up, or the card was held for too long.
    """
    if BdrDetail.SESSION_DATA_EXISTS in found:
        return ()
    if facts.energy_wh == 0 and BdrDetail.DURATION_TOO_SHORT in found:
        classes = [ErrorClass.CANCELED]
    else:
        classes = [_ERROR_CLASS_OF[detail] for detail in found if detail in _ERROR_CLASS_OF]
    if not facts.is_complete:
        classes.append(ErrorClass.INCOMPLETE_RECORD)
    if eka is EkaStatus.INVALID:
        classes.append(ErrorClass.NO_CALIBRATION_LAW_COMPLIANCE)
    if stop_reason in FAULT_REASONS:
        classes.append(ErrorClass.OTHERS)
    return tuple(dict.fromkeys(classes))
