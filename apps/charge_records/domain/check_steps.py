"""The chain that CheckBill shows: each finding of a check belongs to one step (CDR-04)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from apps.charge_records.domain.ocmf.codes import ReasonCode, WarningCode
from apps.charge_records.domain.ocmf.verdict import Verdict


class Step(StrEnum):
    """The steps in their order."""

    METER = "meter"
    KEY = "key"
    SIGNATURE = "signature"
    BEGIN = "begin"
    END = "end"
    VALUES = "values"
    IDENTIFICATION = "identification"
    TIME = "time"


class StepState(StrEnum):
    """`OPEN`: what the step needs is not there, so nothing can be said."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    OPEN = "open"


STEP_OF: dict[str, Step] = {
    ReasonCode.METER_NUMBER_MISMATCH: Step.METER,
    ReasonCode.SOURCE_MISMATCH: Step.METER,
    ReasonCode.CALIBRATION_EXPIRED: Step.METER,
    ReasonCode.METER_STATUS: Step.METER,
    ReasonCode.NO_KEY: Step.KEY,
    ReasonCode.KEY_INVALID: Step.KEY,
    ReasonCode.KEY_CURVE_MISMATCH: Step.KEY,
    ReasonCode.NO_SIGNED_DATA: Step.SIGNATURE,
    ReasonCode.MALFORMED: Step.SIGNATURE,
    ReasonCode.UNSUPPORTED_FORMAT: Step.SIGNATURE,
    ReasonCode.UNSUPPORTED_VERSION: Step.SIGNATURE,
    ReasonCode.UNSUPPORTED_ALGORITHM: Step.SIGNATURE,
    ReasonCode.SIGNATURE_INVALID: Step.SIGNATURE,
    ReasonCode.DUPLICATE_RECORD: Step.SIGNATURE,
    ReasonCode.PAGINATION: Step.SIGNATURE,
    ReasonCode.NO_BILLING_REGISTER: Step.BEGIN,
    ReasonCode.NO_BEGIN: Step.BEGIN,
    ReasonCode.MULTIPLE_BEGIN: Step.BEGIN,
    ReasonCode.REGISTER_MISMATCH: Step.END,
    ReasonCode.NO_END: Step.END,
    ReasonCode.MULTIPLE_END: Step.END,
    ReasonCode.UNIT_INVALID: Step.VALUES,
    ReasonCode.VALUE_DECREASED: Step.VALUES,
    ReasonCode.ERROR_FLAG_ENERGY: Step.VALUES,
    ReasonCode.IDENTIFICATION_ERROR: Step.IDENTIFICATION,
    ReasonCode.TIME_REVERSED: Step.TIME,
    ReasonCode.TIME_STATUS: Step.TIME,
    ReasonCode.TIME_NOT_BILLABLE: Step.TIME,
    WarningCode.ENERGY_DIFFERS: Step.VALUES,
    WarningCode.EXCEPTION_READING: Step.VALUES,
    WarningCode.EXTRA_SECTION: Step.SIGNATURE,
    WarningCode.NONCANONICAL_DER: Step.SIGNATURE,
    WarningCode.PAGINATION_GAP: Step.SIGNATURE,
    WarningCode.PAGINATION_REPEATED: Step.SIGNATURE,
    WarningCode.ID_MISMATCH: Step.IDENTIFICATION,
    WarningCode.ERROR_FLAG_TIME: Step.TIME,
    WarningCode.TIME_UNPARSABLE: Step.TIME,
}


@dataclass(frozen=True, slots=True)
class StepResult:
    """`reasons` and `warnings`: codes of the findings that belong to the step."""

    step: Step
    state: StepState
    reasons: tuple[ReasonCode, ...] = ()
    warnings: tuple[WarningCode, ...] = ()


def check_steps(
    verdict: Verdict | None, *, has_meter: bool, has_key: bool, is_waiting: bool
) -> tuple[StepResult, ...]:
    """Return all steps in order.

    `verdict`: None where nothing was signed; `is_waiting`: something may still come.
    """
    reasons: tuple[ReasonCode, ...] = (ReasonCode.NO_SIGNED_DATA,)
    warnings: tuple[WarningCode, ...] = ()
    if verdict is not None:
        reasons, warnings = verdict.reasons, verdict.warnings
    elif is_waiting:
        reasons = ()
    reached = _reached(verdict, has_meter=has_meter, has_key=has_key)
    return tuple(
        _result(
            step,
            tuple(code for code in reasons if STEP_OF[code] is step),
            tuple(code for code in warnings if STEP_OF[code] is step),
            is_reached=step in reached,
        )
        for step in Step
    )


def _result(
    step: Step,
    reasons: tuple[ReasonCode, ...],
    warnings: tuple[WarningCode, ...],
    *,
    is_reached: bool,
) -> StepResult:
    if reasons:
        state = StepState.BAD
    elif warnings:
        state = StepState.WARN
    else:
        state = StepState.GOOD if is_reached else StepState.OPEN
    return StepResult(step, state, reasons, warnings)


def _reached(verdict: Verdict | None, *, has_meter: bool, has_key: bool) -> set[Step]:
    """Return the steps that something can be said of where nothing speaks against them."""
    reached = set()
    if has_meter:
        reached.add(Step.METER)
    if has_key:
        reached.add(Step.KEY)
    if verdict is None:
        return reached
    if all(check.is_signature_valid for check in verdict.checks):
        reached.add(Step.SIGNATURE)
    if any(check.record is not None for check in verdict.checks):
        reached.add(Step.IDENTIFICATION)
    if verdict.begin is not None:
        reached.add(Step.BEGIN)
    if verdict.end is not None:
        reached.add(Step.END)
    if verdict.begin is not None and verdict.end is not None:
        reached |= {Step.VALUES, Step.TIME}
    return reached
