"""Writing a judgement into a record that stands: with its figures, its activation, its history.

All that judges a record again comes through `change`, so that nothing of it is forgotten.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.charge_records.domain.evaluation import EvaluationCause
from apps.charge_records.domain.outcome import Outcome
from apps.charge_records.domain.statuses import (
    JUDGED_ACTIVATION_STATES,
    ActivationState,
    EkaStatus,
    ErrorClass,
)
from apps.charge_records.models import (
    Activation,
    ChargeRecord,
    ChargingSession,
    Evaluation,
    RecordMark,
)
from apps.charge_records.selectors.evaluation import Judgement, Marks, marks_on, standing_of
from apps.charge_records.services.activations import TOPIC as ACTIVATIONS
from apps.charge_records.services.totals import count_change, shares_of
from apps.core import rows
from apps.core.live import publish
from apps.core.origin import Actor

TOPIC = "records"
RECORD_FIELDS = (
    *("energy_wh", "bdr_main", "bdr_detail", "findings", "eka", "error_class", "settled_at"),
    *("medium", "emaid", "configured_power_w"),
)


@dataclass(frozen=True, slots=True)
class Case:
    """A settled session with all that its judgement touches, locked."""

    session: ChargingSession
    activation: Activation | None
    record: ChargeRecord
    marks: Marks


def lock_case(session_id: int) -> Case:
    """Return the case of a settled session: session, activation and record are locked in turn.

    Raises ChargeRecord.DoesNotExist where none was made yet.
    """
    session = lock_for_settlement(session_id)
    activation = Activation.objects.select_for_update().filter(session_id=session_id).first()
    record = ChargeRecord.objects.select_for_update().get(session_id=session_id)
    return Case(session, activation, record, marks_on(record))


def lock_for_settlement(session_id: int) -> ChargingSession:
    """Return the session, locked, with its station and location."""
    return (
        ChargingSession.objects.select_for_update(of=("self",))
        .select_related("station__location", "charge_point")
        .get(pk=session_id)
    )


def change(
    case: Case,
    judgement: Judgement,
    cause: EvaluationCause,
    *,
    now: datetime,
    actor: Any = None,
    mark: RecordMark | None = None,
) -> None:
    """Let the record say what it was judged to; figures, activation and history follow.

    The history gets a row where something is different, or a person marked the record.
    """
    assert transaction.get_connection().in_atomic_block
    record, before = case.record, standing_of(case.record)
    record.session = case.session
    shares_before = shares_of(record, case.activation)
    record.energy_wh = judgement.energy_wh
    record.medium, record.emaid = judgement.bearer.medium.value, judgement.bearer.emaid
    record.configured_power_w = judgement.max_power_w
    write_outcome(record, judgement.outcome, judgement.eka, now=now)
    record.save(update_fields=RECORD_FIELDS)
    correct_receipt(case.activation, judgement.outcome, case.session.station.location_id)
    count_change(shares_before, shares_of(record, case.activation))
    if mark is not None or judgement.standing != before:
        rows.insert(draft_evaluation(record, cause, actor=actor, mark=mark))
    publish(TOPIC, case.session.station.location_id, [record.pk])


def write_outcome(record: ChargeRecord, outcome: Outcome, eka: EkaStatus, *, now: datetime) -> None:
    """Put the status on the (unsaved) record."""
    record.bdr_main = outcome.main.value
    record.bdr_detail = outcome.detail.value if outcome.detail else ""
    record.findings = [finding.value for finding in outcome.findings]
    record.eka = eka.value
    record.error_class = outcome.error_classes[0].value if outcome.error_classes else ""
    record.settled_at = now


def draft_evaluation(
    record: ChargeRecord,
    cause: EvaluationCause,
    *,
    actor: Any = None,
    mark: RecordMark | None = None,
) -> Evaluation:
    """Return the unsaved entry of the history for what the record says now."""
    person = Actor.of(actor)
    return Evaluation(
        record=record,
        made_at=record.settled_at,
        cause=cause.value,
        mark=mark,
        actor_id=person.id if person else None,
        actor_name=person.name[:254] if person else "",
        bdr_main=record.bdr_main,
        bdr_detail=record.bdr_detail,
        findings=record.findings,
        eka=record.eka,
        error_class=record.error_class,
        energy_wh=record.energy_wh,
        configured_power_w=record.configured_power_w,
    )


def is_refused(activation: Activation | None) -> bool:
    return activation is not None and activation.state == ActivationState.REFUSED


def receipt_state(outcome: Outcome) -> ActivationState:
    """Return how an activation ends.

    A record that only lacks compliance with calibration law is settled: completed, with the error.
    """
    is_good = set(outcome.error_classes) <= {ErrorClass.NO_CALIBRATION_LAW_COMPLIANCE}
    return ActivationState.COMPLETED if is_good else ActivationState.FAILED


def correct_receipt(activation: Activation | None, outcome: Outcome, location_id: int) -> None:
    """Let an activation that has its receipt say what its record says; refused ones stay so."""
    if activation is None or activation.state not in JUDGED_ACTIVATION_STATES:
        return
    errors = outcome.error_classes
    found = (receipt_state(outcome).value, errors[0].value if errors else "")
    if found == (activation.state, activation.error_class):
        return
    activation.state, activation.error_class = found
    rows.update(activation, "state", "error_class", "changed_at")
    publish(ACTIVATIONS, location_id, [activation.pk])
