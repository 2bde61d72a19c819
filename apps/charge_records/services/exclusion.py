"""Excluding records by hand, giving them as goodwill, and taking either back (CDR-11)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.audit.domain.kinds import Kind
from apps.audit.services.trail import record as record_entry
from apps.charge_records.domain.evaluation import CAUSE_OF, EvaluationCause, Mark
from apps.charge_records.models import ChargeRecord, RecordMark
from apps.charge_records.selectors.evaluation import judged_with
from apps.charge_records.services.judgement import Case, change, lock_case
from apps.core.errors import AppError
from apps.core.origin import Actor
from apps.tenants.selectors import current_tenant

# Ours: room for a sentence or two.
REASON_MAX = 500


class ReasonMissing(AppError):
    code = "reason_missing"
    message = _("Give a reason, please: it is kept with the record.")


class MarkedAlready(AppError):
    code = "marked_already"
    message = _("Somebody has done that meanwhile. Nothing was changed.")


class NotMarked(AppError):
    code = "not_marked"
    message = _("It was taken back meanwhile, or never done. Nothing was changed.")


@dataclass(frozen=True, slots=True)
class Stepped:
    """For how many of a selection the step was taken, and for how many it was before."""

    done: int
    left: int


def set_mark(
    session_id: int, mark: Mark, reason: str, actor: Any, *, now: datetime
) -> ChargeRecord:
    """Exclude the session's record or give it as goodwill; the reason stays with it.

    Errors come before either (DOMAIN 5): then the mark counts once the error is mended. Raises
    ReasonMissing, MarkedAlready.
    """
    return add_step(session_id, mark, reason, actor, is_set=True, now=now)


def take_back(
    session_id: int, mark: Mark, reason: str, actor: Any, *, now: datetime
) -> ChargeRecord:
    """Let the record be judged without the mark again. Raises ReasonMissing, NotMarked."""
    return add_step(session_id, mark, reason, actor, is_set=False, now=now)


@transaction.atomic
def add_step(
    session_id: int, mark: Mark, reason: str, actor: Any, *, is_set: bool, now: datetime
) -> ChargeRecord:
    """Add the step, judge by the marks that are left, and tell the trail; one of two wins."""
    reason = reason.strip()
    if not reason:
        raise ReasonMissing("reason")
    case = lock_case(session_id)
    if (mark in case.marks) is is_set:
        raise MarkedAlready if is_set else NotMarked
    person = Actor.of(actor)
    step = RecordMark.objects.create(
        record=case.record,
        mark=mark.value,
        is_set=is_set,
        reason=reason[:REASON_MAX],
        made_at=now,
        actor_id=person.id if person else None,
        actor_name=person.name[:254] if person else "",
    )
    judge_by(case, step, actor, now=now)
    return case.record


def judge_by(case: Case, step: RecordMark, actor: Any, *, now: datetime) -> None:
    """Let the record say what it says with this step taken."""
    mark = Mark(step.mark)
    marks = case.marks | {mark} if step.is_set else case.marks - {mark}
    cause = CAUSE_OF[mark] if step.is_set else EvaluationCause.TAKEN_BACK
    before = shown_status(case.record)
    judgement = judged_with(case.record, case.session, marks, current_tenant())
    change(case, judgement, cause, now=now, actor=actor, mark=step)
    details = {"action": action_of(step), "reason": step.reason}
    after = shown_status(case.record)
    record_entry(Kind.CHANGED, actor, case.record, before=before, after=after, details=details)


def action_of(step: RecordMark) -> str:
    """Return the trail's word: "manual", "goodwill", "manual_back", "goodwill_back"."""
    return step.mark if step.is_set else f"{step.mark}_back"


def shown_status(record: ChargeRecord) -> dict[str, str]:
    return {"bdr_main": record.bdr_main, "bdr_detail": record.bdr_detail}


def step_each(
    step: Callable[..., ChargeRecord],
    session_ids: Iterable[int],
    mark: Mark,
    reason: str,
    actor: Any,
    *,
    now: datetime,
) -> Stepped:
    """Take the step (`set_mark` or `take_back`) for each record, in a transaction of its own.

    Those where nothing is to be done are left. Raises ReasonMissing.
    """
    done = left = 0
    for session_id in sorted(session_ids):
        try:
            step(session_id, mark, reason, actor, now=now)
        except (MarkedAlready, NotMarked):
            left += 1
        else:
            done += 1
    return Stepped(done, left)
