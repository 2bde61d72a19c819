"""Asking for a job, and calling it off."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import live
from apps.core.errors import AppError
from apps.core.tasks import enqueue
from apps.jobs.domain.kinds import kind_of
from apps.jobs.domain.states import JobState
from apps.jobs.models import Job
from apps.jobs.services.files import MB

TOPIC = "jobs"
OPEN_AT_MOST = 3
"""Jobs of one person that wait or run."""


class TooManyJobs(AppError):
    code = "too_many_jobs"
    message = _("%(limit)s of your jobs are not finished yet. Wait for one, or cancel one.")


class NoRoomForFiles(AppError):
    code = "no_room_for_files"
    message = _("The files of finished jobs take up all the room. They are deleted day by day.")


@transaction.atomic
def start(kind: str, user: User, parameters: dict[str, Any], *, now: datetime) -> Job:
    """Note that somebody wants the job and queue it on commit. `parameters`: plain values.

    The job speaks the language and keeps the time zone that are active now. Raises TooManyJobs,
    NoRoomForFiles, and LookupError for a kind that no room registered.
    """
    if kind_of(kind) is None:
        raise LookupError(f"no room registered the job {kind}")
    User.objects.select_for_update().get(pk=user.pk)
    if Job.objects.open().filter(requested_by=user).count() >= OPEN_AT_MOST:
        raise TooManyJobs(limit=OPEN_AT_MOST)
    used = Job.objects.aggregate(size=Sum("file_size"))["size"] or 0
    if used >= settings.JOB_FILES_MAX_MB * MB:
        raise NoRoomForFiles
    job = Job.objects.create(
        kind=kind,
        parameters=parameters,
        requested_by=user,
        language=translation.get_language() or settings.LANGUAGE_CODE,
        time_zone=timezone.get_current_timezone_name(),
        requested_at=now,
        queued_at=now,
    )
    enqueue("jobs.run", job_id=job.pk)
    tell(job.pk)
    return job


@transaction.atomic
def cancel(job: Job, *, now: datetime) -> None:
    """Call the job off: at once while it waits, else where its work next looks up."""
    waiting = Job.objects.filter(pk=job.pk, state=JobState.WAITING.value)
    if not waiting.update(state=JobState.CANCELLED.value, finished_at=now):
        running = Job.objects.filter(pk=job.pk, state=JobState.RUNNING.value)
        running.filter(cancel_asked_at=None).update(cancel_asked_at=now)
    tell(job.pk)


def tell(job_id: int) -> None:
    """Let pages that show the job fetch it again."""
    live.publish(TOPIC, None, [job_id])
