"""Judging records again after master data were mended (CDR-11).

What the rules derive is derived from what is known now: card and contract that were missing, the
configured power, the keys of the meter. What was billed as valid by calibration law stays valid.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.audit.domain.kinds import Kind
from apps.audit.services.trail import record as record_entry
from apps.charge_records.domain.eka import VerificationCause, decide_eka
from apps.charge_records.domain.evaluation import EvaluationCause, Kept, Progress, Standing
from apps.charge_records.domain.statuses import EkaStatus
from apps.charge_records.models import ChargeRecord
from apps.charge_records.selectors.calibration import SessionCheck
from apps.charge_records.selectors.evaluation import judged_now, standing_of
from apps.charge_records.selectors.settlement import eka_facts
from apps.charge_records.services.judgement import Case, change, lock_case
from apps.charge_records.services.verification import check_session, keep_run
from apps.core.errors import AppError
from apps.jobs.models import Job
from apps.jobs.services import jobs
from apps.jobs.services.runs import Run, Stopped, held
from apps.tenants.selectors import current_tenant

# A check made now may change the EKA of these.
UNDECIDED = frozenset({EkaStatus.OPEN, EkaStatus.INVALID})
JOB_KIND = "charge_records.evaluate"
# Ours: what a worker gets through in a quarter of an hour.
RECORDS_MAX = 20_000


class TooManyRecords(AppError):
    code = "too_many_records"
    message = _("More than %(limit)s records match. Narrow the filter, please.")


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What an evaluation came to. `kept`: why the EKA stays whatever is found now."""

    record: ChargeRecord
    before: Standing
    after: Standing
    kept: Kept | None

    @property
    def has_changed(self) -> bool:
        return self.before != self.after


@transaction.atomic
def evaluate_again(session_id: int, actor: Any = None, *, now: datetime) -> Evaluated:
    """Judge the session's record by what is known now; nothing is written where nothing changes.

    The check of signed records is kept in any case. Safe to run twice.
    """
    case = lock_case(session_id)
    check = check_session(case.session, now=now)
    eka = decide_eka(eka_facts(case.session, check, now=now)).status or EkaStatus.OPEN
    keep_check(case, check, now=now)
    before = standing_of(case.record)
    judgement = judged_now(
        case.record, case.session, check, eka, case.marks, tenant=current_tenant()
    )
    if judgement.standing != before:
        change(case, judgement, EvaluationCause.AGAIN, now=now, actor=actor)
    return Evaluated(case.record, before, judgement.standing, judgement.kept)


def keep_check(case: Case, check: SessionCheck, *, now: datetime) -> None:
    """Keep the check where it decides something."""
    if EkaStatus(case.record.eka) in UNDECIDED:
        keep_run(case.session, check, VerificationCause.BY_HAND, now=now)


@transaction.atomic
def evaluate_next(run: Run, record: ChargeRecord, done: Progress, *, now: datetime) -> Progress:
    """Judge one record of a job and note that in the job, in the same transaction.

    So no record is counted twice, whatever run of the job dies. Raises Stopped where another run
    has the job by now, or it was called off.
    """
    evaluated = evaluate_again(record.session_id, run.user, now=now)
    progress = done.with_next(record.pk, evaluated.before, evaluated.after)
    if not held(run.job).update(result=progress.to_json()):
        raise Stopped
    return progress


@transaction.atomic
def start_evaluation(user: User, query: str, *, number: int, now: datetime) -> Job:
    """Start the job that judges all records of a filter again; the trail says who.

    `query`: the filter as it stands in the address. Raises TooManyRecords, TooManyJobs.
    """
    if number > RECORDS_MAX:
        raise TooManyRecords(limit=RECORDS_MAX)
    parameters = {"query": query, "as_of": now.isoformat()}
    job = jobs.start(JOB_KIND, user, parameters, now=now)
    details = {"action": "evaluate", "filter": query, "rows": number}
    record_entry(Kind.COMMAND, user, ChargeRecord, details=details)
    return job


@transaction.atomic
def evaluate_by_hand(session_id: int, actor: Any, *, now: datetime) -> Evaluated:
    """Judge one record again because somebody asked for it; the trail says who."""
    evaluated = evaluate_again(session_id, actor, now=now)
    record_entry(
        Kind.COMMAND,
        actor,
        evaluated.record,
        before=told(evaluated.before),
        after=told(evaluated.after),
        details={"action": "evaluate"},
    )
    return evaluated


def told(standing: Standing) -> dict[str, Any]:
    """Return what the trail tells of a record's judgement."""
    return {
        "bdr_main": standing.main.value,
        "bdr_detail": standing.detail.value if standing.detail else "",
        "eka": standing.eka.value,
        "energy_wh": standing.energy_wh,
        "medium": standing.medium,
        "emaid": standing.emaid,
    }
