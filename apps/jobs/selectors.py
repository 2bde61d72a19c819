"""Jobs as pages show them."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.domain.identity import RIGHT as IDENTITY
from apps.accounts.models import User
from apps.jobs.choices import JOB_BADGES
from apps.jobs.domain.kinds import kind_of
from apps.jobs.domain.scopes import Scope
from apps.jobs.domain.states import Failure, JobState, percent
from apps.jobs.models import Job, reaches_all
from apps.portal import formats
from apps.portal.badges import Badge


@dataclass(frozen=True, slots=True)
class Card:
    """A job in words for one reader; `percent` None: the bar only says that something goes on."""

    job: Job
    badge: Badge
    percent: int | None
    sentence: str | Promise
    can_cancel: bool
    has_file: bool


def card(job: Job, user: Any) -> Card:
    """Return what the reader sees of a job and may do with it."""
    is_own = job.requested_by_id == user.pk
    may_cancel = is_own or reaches_all(user, "cancel")
    return Card(
        job=job,
        badge=JOB_BADGES[job.state],
        percent=percent(job.done, job.total),
        sentence=sentence(job),
        can_cancel=job.is_open and job.cancel_asked_at is None and may_cancel,
        has_file=is_own and job.file_size is not None,
    )


def sentence(job: Job) -> str | Promise:
    """Say how far the job is, what came of it, or why nothing did."""
    if job.state == JobState.WAITING:
        return _("It starts as soon as a worker is free.")
    if job.state == JobState.RUNNING:
        return _("It is being cancelled.") if job.cancel_asked_at else how_far(job)
    if job.state == JobState.FAILED:
        is_refused = job.failure == Failure.REFUSED and job.message
        return job.message if is_refused else job.get_failure_display()
    if job.state == JobState.CANCELLED:
        return _("Nothing of it was kept.")
    if job.file_name and job.file_size is None:
        return _("The file was kept for some days and is deleted now. Start the job again.")
    return rows_in_words(job)


def how_far(job: Job) -> str:
    if job.total is None:
        return _("It is being prepared.")
    numbers = {"done": formats.decimal(job.done), "total": formats.decimal(job.total)}
    return _("%(done)s of %(total)s") % numbers


def rows_in_words(job: Job) -> str:
    """Return "1,234 rows"; "" for a job that made none."""
    rows = job.result.get("rows")
    if rows is None:
        return ""
    words = ngettext("%(number)s row", "%(number)s rows", rows)
    return words % {"number": formats.decimal(rows)}


def scope_of(user: User) -> Scope:
    """Return what the person sees now."""
    limited = user.is_limited_to_locations
    places = frozenset(user.seen_location_ids()) if limited else None
    return Scope(places, user.has_perm(IDENTITY))


def may_have_file(job: Job, user: User) -> bool:
    """Say whether the person still holds the right, and sees all that the file was made of."""
    kind = kind_of(job.kind)
    if kind is None or job.scope is None or not user.has_perm(kind.right):
        return False
    return scope_of(user).covers(Scope.from_json(job.scope))
