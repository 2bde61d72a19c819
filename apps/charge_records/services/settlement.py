"""Settlement: from a finished session to its one charge record and its day's figures (CDR-05)."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.audit.domain.kinds import Kind
from apps.audit.services.trail import record as record_entry
from apps.charge_records.domain.eka import (
    EkaDecision,
    VerificationCause,
    decide_eka,
    may_become,
)
from apps.charge_records.domain.evaluation import EvaluationCause
from apps.charge_records.domain.outcome import Outcome, judge
from apps.charge_records.domain.plausibility import SessionFacts
from apps.charge_records.domain.statuses import EkaStatus, SessionState
from apps.charge_records.models import Activation, ChargeRecord, ChargingSession
from apps.charge_records.selectors.evaluation import bearer_on, judged
from apps.charge_records.selectors.settlement import (
    Bearer,
    bearer_of,
    billed_energy_wh,
    eka_facts,
    session_facts,
)
from apps.charge_records.services.activations import TOPIC as ACTIVATIONS
from apps.charge_records.services.activations import move
from apps.charge_records.services.judgement import (
    TOPIC,
    change,
    draft_evaluation,
    is_refused,
    lock_case,
    lock_for_settlement,
    receipt_state,
    write_outcome,
)
from apps.charge_records.services.totals import count_change, local_day, shares_of
from apps.charge_records.services.verification import check_session, keep_run
from apps.core import rows
from apps.core.live import publish
from apps.tenants.selectors import current_tenant

RECEIPT_FIELDS = ("state", "completed_at", "error_class", "counted_on", "changed_at")


@transaction.atomic
def settle(session_id: int, *, now: datetime) -> ChargeRecord | None:
    """Make the charge record of an ended session; return the one there is when it was made before.

    None while the session runs. Activation, record and the day's figures change together, once,
    however often and by how many processes this is called: the session's row is locked first.
    """
    session = lock_for_settlement(session_id)
    if session.is_settled:
        return ChargeRecord.objects.get(session_id=session_id)
    if session.state != SessionState.ENDED:
        return None
    activation = Activation.objects.select_for_update().filter(session_id=session_id).first()
    bearer = bearer_of(activation, current_tenant())
    check = check_session(session, now=now)
    eka = decide_eka(eka_facts(session, check, now=now))
    if eka.status is not EkaStatus.IRRELEVANT:
        keep_run(session, check, VerificationCause.SETTLEMENT, now=now)
    facts = session_facts(session, bearer, billed_energy_wh(check, eka.status))
    outcome = judge_session(session, facts, eka, bearer)
    record = draft_record(session, facts, bearer, now=now)
    write_outcome(record, outcome, eka.status or EkaStatus.OPEN, now=now)
    record.save(force_insert=True)
    rows.insert(draft_evaluation(record, EvaluationCause.SETTLEMENT))
    session.is_settled = True
    session.save(update_fields=["is_settled"])
    before = shares_of(activation)
    if activation is not None:
        give_receipt(activation, outcome, now=now)
        # What failed to come before, and was counted then, gives way to the record.
        activation.counted_on = record.counted_on
        activation.save(update_fields=RECEIPT_FIELDS)
        publish(ACTIVATIONS, session.station.location_id, [activation.pk])
    count_change(before, shares_of(record, activation))
    publish(TOPIC, session.station.location_id, [record.pk])
    return record


def judge_session(
    session: ChargingSession, facts: SessionFacts, eka: EkaDecision, bearer: Bearer
) -> Outcome:
    """Return the outcome by the rules of the domain; the session has ended, so EKA is decided."""
    return judge(
        facts,
        eka=eka.status or EkaStatus.OPEN,
        is_own_charge=bearer.is_own,
        stop_reason=session.stop_reason or None,
    )


def draft_record(
    session: ChargingSession, facts: SessionFacts, bearer: Bearer, *, now: datetime
) -> ChargeRecord:
    """Return the unsaved record without its status."""
    assert facts.end is not None
    return ChargeRecord(
        session=session,
        station=session.station,
        charge_point=session.charge_point,
        started_at=facts.start,
        ended_at=facts.end,
        duration_s=round((facts.end - facts.start).total_seconds()),
        energy_wh=facts.energy_wh or 0,
        medium=bearer.medium.value,
        id_tag=session.id_tag,
        emaid=bearer.emaid,
        configured_power_w=facts.max_power_w,
        settled_at=now,
        counted_on=local_day(session),
    )


def give_receipt(activation: Activation, outcome: Outcome, *, now: datetime) -> None:
    """Give the (unsaved) activation its receipt; refused ones stay refused."""
    errors = outcome.error_classes
    activation.completed_at = now
    if not is_refused(activation):
        activation.error_class = errors[0].value if errors else ""
        move(activation, receipt_state(outcome))


@transaction.atomic
def decide_again(
    session_id: int,
    *,
    now: datetime,
    cause: VerificationCause = VerificationCause.WAITING,
    actor: Any = None,
) -> ChargeRecord:
    """Check the signed records of a settled session once more and decide its EKA by that.

    Where the status must stay (`may_become`) the check is kept in the history all the same. Record,
    activation and the day's figures change together.
    """
    case = lock_case(session_id)
    session, record = case.session, case.record
    check = check_session(session, now=now)
    eka = decide_eka(eka_facts(session, check, now=now))
    is_silent = cause is VerificationCause.WAITING and eka.status is EkaStatus.OPEN
    if not is_silent:
        keep_run(session, check, cause, now=now)
    if eka.status is None or not may_become(EkaStatus(record.eka), eka.status):
        return record
    judgement = judged(
        session,
        bearer=bearer_on(record, current_tenant()),
        marks=case.marks,
        eka=eka.status,
        signed_wh=billed_energy_wh(check, eka.status),
        max_power_w=record.configured_power_w,
    )
    change(case, judgement, EvaluationCause(cause.value), now=now, actor=actor)
    return record


@transaction.atomic
def check_by_hand(record: ChargeRecord, actor: Any, *, now: datetime) -> ChargeRecord:
    """Check the record's session once more because somebody asked for it; the trail says who."""
    decided = decide_again(record.session_id, now=now, cause=VerificationCause.BY_HAND, actor=actor)
    details = {"action": "check", "eka": decided.eka}
    record_entry(Kind.COMMAND, actor, record, details=details)
    return decided
