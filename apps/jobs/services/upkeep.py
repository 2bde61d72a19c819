"""What nobody else looks after: tasks that were lost, workers that died, files that are old."""

from datetime import datetime, timedelta

from django.db.models import Q

from apps.core.tasks import enqueue
from apps.jobs.domain.kinds import kind_of
from apps.jobs.domain.states import Failure, JobState
from apps.jobs.models import Job
from apps.jobs.services import files
from apps.jobs.services.jobs import tell

QUEUED_AGAIN_AFTER = timedelta(minutes=2)
LOST_AFTER = timedelta(minutes=3)
"""Longer than any work is silent: a statement is given up after a minute (`core.silence`)."""
ATTEMPTS = 3
BATCH = 100
ROWS_KEPT = timedelta(days=90)


def tend(*, now: datetime) -> None:
    """Do all of it for the current tenant."""
    queue_again(now=now)
    take_from_the_dead(now=now)
    drop_old_files(now=now)
    drop_old_jobs(now=now)


def queue_again(*, now: datetime) -> int:
    """Queue waiting jobs once more whose task may have been lost; it is done once all the same."""
    waiting = Job.objects.filter(state=JobState.WAITING.value)
    ids = waiting.filter(queued_at__lt=now - QUEUED_AGAIN_AFTER).values_list("pk", flat=True)
    found = list(ids.order_by("pk")[:BATCH])
    Job.objects.filter(pk__in=found).update(queued_at=now)
    for job_id in found:
        enqueue("jobs.run", job_id=job_id)
    return len(found)


def take_from_the_dead(*, now: datetime) -> int:
    """End or begin anew the jobs whose run has given no sign of life; return how many."""
    running = Job.objects.filter(state=JobState.RUNNING.value, alive_at__lt=now - LOST_AFTER)
    found = list(running.order_by("pk")[:BATCH])
    for job in found:
        take_over(job, now=now)
    return len(found)


def take_over(job: Job, *, now: datetime) -> None:
    """Take the job from its run: called off, waiting once more, or failed in clear words."""
    kind = kind_of(job.kind)
    still = Job.objects.filter(pk=job.pk, run_key=job.run_key, state=JobState.RUNNING.value)
    if job.cancel_asked_at is not None:
        taken = still.update(state=JobState.CANCELLED.value, finished_at=now)
    elif kind is not None and kind.is_resumed and job.attempts < ATTEMPTS:
        taken = still.update(state=JobState.WAITING.value, run_key="", queued_at=now)
        if taken:
            enqueue("jobs.run", job_id=job.pk)
    else:
        taken = still.update(
            state=JobState.FAILED.value, failure=Failure.LOST.value, finished_at=now
        )
    if taken:
        files.delete_file(job.run_key)
        tell(job.pk)


def drop_old_files(*, now: datetime) -> int:
    """Delete files that were kept long enough, and those that no job knows; return how many."""
    old = list(Job.objects.filter(file_size__isnull=False, file_until__lt=now)[:BATCH])
    for job in old:
        files.delete_file(job.run_key)
        Job.objects.filter(pk=job.pk).update(file_size=None)
        tell(job.pk)
    has_file = Q(state=JobState.RUNNING.value) | Q(file_size__isnull=False)
    known = set(Job.objects.filter(has_file).values_list("run_key", flat=True))
    return len(old) + files.drop_orphans(known, before=(now - LOST_AFTER).timestamp())


def drop_old_jobs(*, now: datetime) -> int:
    """Delete finished jobs of more than 90 days ago that have no file; return how many."""
    old = Job.objects.filter(requested_at__lt=now - ROWS_KEPT, file_size__isnull=True)
    ids = old.exclude(pk__in=Job.objects.open()).values_list("pk", flat=True)[:BATCH]
    return Job.objects.filter(pk__in=list(ids)).delete()[0]
