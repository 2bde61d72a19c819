"""Doing a job: claimed once, with the rights that the person has by now, told as it goes on.

A run keeps a key in the row. Each sign of life is written under that key; where it is not there any
more, the job was given to another run (its worker was thought dead) and this one stops.
"""

import secrets
import time
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation

from apps.accounts.models import User
from apps.core.errors import AppError
from apps.core.origin import Origin, Way, came_from
from apps.jobs.domain.kinds import Kind, kind_of
from apps.jobs.domain.states import Failure, JobState
from apps.jobs.models import Job
from apps.jobs.selectors import scope_of
from apps.jobs.services import files
from apps.jobs.services.jobs import tell

TOLD_EVERY_S = 0.5


class Stopped(Exception):
    """The work is to end here: it was called off, or another run has the job."""


class Run:
    """What the work of a kind gets: the job, the person it is for, and how to tell of it."""

    def __init__(self, job: Job, user: User) -> None:
        self.job = job
        self.user = user
        self.file_name = ""
        self.told_at = 0.0

    def advance(self, done: int, total: int | None = None) -> None:
        """Tell how much is done, of `total` from now on. Cheap: written twice a second at most.

        Call it outside of transactions, and at least once a minute. Raises Stopped.
        """
        self.job.done = done
        self.job.total = self.job.total if total is None else total
        if time.monotonic() - self.told_at < TOLD_EVERY_S:
            return
        self.told_at = time.monotonic()
        told = held(self.job).update(
            done=self.job.done, total=self.job.total, alive_at=timezone.now()
        )
        if not told:
            raise Stopped
        tell(self.job.pk)

    @contextmanager
    def new_file(self, name: str) -> Iterator[files.BoundedFile]:
        """Open the job's one file, which the person gets under that name. Raises FileTooLarge."""
        self.file_name = name
        with files.new_file(self.job.run_key) as file:
            yield file


def run(job_id: int) -> None:
    """Do a waiting job; one that runs, is finished or was called off is left as it is."""
    job = claim(job_id)
    if job is None:
        return
    kind = kind_of(job.kind)
    if kind is None:
        fail(job, Failure.KIND_UNKNOWN)
    elif not job.requested_by.is_active:
        fail(job, Failure.PERSON_DISABLED)
    elif not job.requested_by.has_perm(kind.right):
        fail(job, Failure.RIGHT_LOST)
    else:
        with as_the_person(job):
            work(job, kind)


def claim(job_id: int) -> Job | None:
    """Take the job; None when it does not wait (any more)."""
    now, key = timezone.now(), secrets.token_hex(16)
    waiting = Job.objects.filter(pk=job_id, state=JobState.WAITING.value)
    taken = waiting.update(
        state=JobState.RUNNING.value,
        run_key=key,
        attempts=F("attempts") + 1,
        started_at=now,
        alive_at=now,
        done=0,
        total=None,
    )
    if not taken:
        return None
    tell(job_id)
    return Job.objects.select_related("requested_by").get(pk=job_id)


@contextmanager
def as_the_person(job: Job) -> Iterator[None]:
    """Speak the person's language, keep their time, and let the trail know who it is for."""
    user = job.requested_by
    origin = Origin(
        way=Way.TASK, query=str(job.parameters.get("query", "")), find_actor=lambda: user
    )
    zone = zoneinfo.ZoneInfo(job.time_zone)
    with translation.override(job.language), timezone.override(zone), came_from(origin):
        yield


def work(job: Job, kind: Kind) -> None:
    """Do it and note what became of it; what nobody expected is noted and raised."""
    one = Run(job, job.requested_by)
    job.scope = scope_of(job.requested_by).to_json()
    try:
        job.result = kind.work(one)
        finish(one)
    except Stopped:
        files.delete_file(job.run_key)
        held_or_called_off(job).update(
            state=JobState.CANCELLED.value, done=job.done, finished_at=timezone.now()
        )
        tell(job.pk)
    except AppError as error:
        fail(job, Failure.REFUSED, str(error))
    except Exception:
        fail(job, Failure.BROKEN)
        raise


def finish(one: Run) -> None:
    """Note the result and keep the file for a while. Raises Stopped when it came too late."""
    job, now = one.job, timezone.now()
    values: dict[str, Any] = {
        "state": JobState.DONE.value,
        "done": job.done,
        "total": job.done,
        "result": job.result,
        "scope": job.scope,
        "finished_at": now,
    }
    if one.file_name:
        values |= {
            "file_name": one.file_name,
            "file_size": files.path_of(job.run_key).stat().st_size,
            "file_until": now + timedelta(days=settings.JOB_FILE_KEPT_DAYS),
        }
    if not held(job).update(**values):
        raise Stopped
    tell(job.pk)


@transaction.atomic
def fail(job: Job, failure: Failure, message: str = "") -> None:
    """Note why there is no result, and delete what was written so far."""
    files.delete_file(job.run_key)
    held_or_called_off(job).update(
        state=JobState.FAILED.value,
        failure=failure.value,
        message=message[:500],
        done=job.done,
        finished_at=timezone.now(),
    )
    tell(job.pk)


def held_or_called_off(job: Job) -> Any:
    """Return the row while this run has it."""
    return Job.objects.filter(pk=job.pk, run_key=job.run_key, state=JobState.RUNNING.value)


def held(job: Job) -> Any:
    """Return the row while this run has it and nobody called it off."""
    return held_or_called_off(job).filter(cancel_asked_at=None)
