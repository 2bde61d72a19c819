"""Settlement: from a finished session to its one charge record and its day's figures (CDR-05)."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.audit.domain.kinds import Kind
from apps.audit.services.trail import record as record_entry
from apps.charge_records.domain.eka import EkaDecision, VerificationCause, decide_eka
from apps.charge_records.domain.outcome import Outcome, judge
from apps.charge_records.domain.plausibility import SessionFacts
from apps.charge_records.domain.statuses import (
    ActivationState,
    EkaStatus,
    ErrorClass,
    SessionState,
)
from apps.charge_records.models import Activation, ChargeRecord, ChargingSession
from apps.charge_records.selectors.settlement import (
    Bearer,
    bearer_of,
    billed_energy_wh,
    eka_facts,
    session_facts,
)
from apps.charge_records.services.activations import TOPIC as ACTIVATIONS
from apps.charge_records.services.activations import advance, move
from apps.charge_records.services.totals import contribution, count_change, count_record
from apps.charge_records.services.verification import check_session, keep_run
from apps.core.live import publish
from apps.tenants.selectors import current_tenant

TOPIC = "records"


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
    write_outcome(record, outcome, eka, now=now)
    record.save(force_insert=True)
    session.is_settled = True
    session.save(update_fields=["is_settled"])
    count_record(record, session, outcome, is_refused=is_refused(activation))
    if activation is not None:
        give_receipt(activation, outcome, now=now)
        activation.save(update_fields=["state", "completed_at", "error_class", "changed_at"])
        publish(ACTIVATIONS, session.station.location_id, [activation.pk])
    publish(TOPIC, session.station.location_id, [record.pk])
    return record


def lock_for_settlement(session_id: int) -> ChargingSession:
    """Return the session, locked, with its station and location."""
    return (
        ChargingSession.objects.select_for_update(of=("self",))
        .select_related("station__location", "charge_point")
        .get(pk=session_id)
    )


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
    )


def write_outcome(
    record: ChargeRecord, outcome: Outcome, eka: EkaDecision, *, now: datetime
) -> None:
    """Put the status on the (unsaved) record."""
    record.bdr_main = outcome.main.value
    record.bdr_detail = outcome.detail.value if outcome.detail else ""
    record.findings = [finding.value for finding in outcome.findings]
    record.eka = (eka.status or EkaStatus.OPEN).value
    record.error_class = outcome.error_classes[0].value if outcome.error_classes else ""
    record.settled_at = now


def is_refused(activation: Activation | None) -> bool:
    return activation is not None and activation.state == ActivationState.REFUSED


def give_receipt(activation: Activation, outcome: Outcome, *, now: datetime) -> None:
    """Give the (unsaved) activation its receipt; refused ones stay refused.

    A record that only lacks compliance with calibration law is settled: completed, with the error.
    """
    errors = outcome.error_classes
    is_good = set(errors) <= {ErrorClass.NO_CALIBRATION_LAW_COMPLIANCE}
    activation.completed_at = now
    if not is_refused(activation):
        activation.error_class = errors[0].value if errors else ""
        move(activation, ActivationState.COMPLETED if is_good else ActivationState.FAILED)


RECORD_FIELDS = (
    *("energy_wh", "bdr_main", "bdr_detail", "findings", "eka", "error_class", "settled_at"),
)


def may_become(before: EkaStatus, after: EkaStatus) -> bool:
    """Tell whether a check that is made once more may change the status (DOMAIN 1.7).

    Rows 3 to 7 are run again. What was billed as valid stays so, calibration law that did not
    apply does not apply afterwards, and taking a key away makes nothing billable.
    """
    if before is EkaStatus.OPEN:
        return after is not EkaStatus.OPEN
    return before is EkaStatus.INVALID and after in (EkaStatus.VALID, EkaStatus.INVALID)


@transaction.atomic
def decide_again(
    session_id: int,
    *,
    now: datetime,
    cause: VerificationCause = VerificationCause.WAITING,
) -> ChargeRecord:
    """Check the signed records of a settled session once more and decide its EKA by that.

    Where the status must stay (`may_become`) the check is kept in the history all the same. Record,
    activation and the day's figures change together.
    """
    session = lock_for_settlement(session_id)
    activation = Activation.objects.select_for_update().filter(session_id=session_id).first()
    record = ChargeRecord.objects.select_for_update().get(session_id=session_id)
    check = check_session(session, now=now)
    eka = decide_eka(eka_facts(session, check, now=now))
    is_silent = cause is VerificationCause.WAITING and eka.status is EkaStatus.OPEN
    if not is_silent:
        keep_run(session, check, cause, now=now)
    status_before = EkaStatus(record.eka)
    if eka.status is None or not may_become(status_before, eka.status):
        return record
    bearer = bearer_of(activation, current_tenant())
    is_turned_away = is_refused(activation)
    facts_before = session_facts(session, bearer)
    outcome_before = judge_session(session, facts_before, EkaDecision(status_before), bearer)
    figures_before = contribution(record, outcome_before, is_refused=is_turned_away)
    facts = session_facts(session, bearer, billed_energy_wh(check, eka.status))
    outcome = judge_session(session, facts, eka, bearer)
    record.energy_wh = facts.energy_wh or 0
    write_outcome(record, outcome, eka, now=now)
    record.save(update_fields=RECORD_FIELDS)
    figures = contribution(record, outcome, is_refused=is_turned_away)
    count_change(session, figures_before, figures)
    if activation is not None and not is_turned_away:
        advance(activation, ActivationState(activation.state), error_class=record.error_class)
    publish(TOPIC, session.station.location_id, [record.pk])
    return record


@transaction.atomic
def check_by_hand(record: ChargeRecord, actor: Any, *, now: datetime) -> ChargeRecord:
    """Check the record's session once more because somebody asked for it; the trail says who."""
    decided = decide_again(record.session_id, now=now, cause=VerificationCause.BY_HAND)
    details = {"action": "check", "eka": decided.eka}
    record_entry(Kind.COMMAND, actor, record, details=details)
    return decided
