"""Jobs from the asking to the file: done once, stopped when asked, found when their worker died."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone, translation

from apps.accounts.models import User
from apps.core.errors import AppError
from apps.core.origin import current_origin
from apps.jobs.domain import kinds
from apps.jobs.models import Job
from apps.jobs.selectors import sentence
from apps.jobs.services import files, jobs, runs, upkeep
from apps.jobs.services.jobs import NoRoomForFiles, TooManyJobs
from apps.tenants.models import Tenant
from apps.tenants.services.lifecycle import delete_files
from tests.conftest import NOW
from tests.jobs.conftest import KIND, RIGHT

pytestmark = [pytest.mark.req("CDR-10"), pytest.mark.django_db]

Start = Callable[..., Job]
MakeUser = Callable[..., User]


def work_with(work: Callable[[runs.Run], dict[str, Any]], *, is_resumed: bool = True) -> None:
    kinds.register(KIND, "Counting", work, right=RIGHT, is_resumed=is_resumed)


def now_is(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def die(run: runs.Run) -> dict[str, Any]:
    """Leave the row and a begun file as a killed process does."""
    files.path_of(run.job.run_key).write_bytes(b"half")
    raise SystemExit


def killed(job: Job) -> Job:
    """Let the job's worker die in the middle of it."""
    with pytest.raises(SystemExit):
        runs.run(job.pk)
    return now_is(job)


def test_run_when_done_then_the_file_lies_in_the_tenants_folder_under_no_name(
    start: Start, make_user: MakeUser, media: Path
) -> None:
    job = start(make_user())
    runs.run(job.pk)
    job = now_is(job)

    assert (job.state, job.done, job.total, job.result) == ("done", 3, 3, {"rows": 3})
    path = media / "alpha" / "jobs" / job.run_key
    assert path.read_bytes() == b"0\r\n1\r\n2\r\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(job.run_key) == 32
    assert job.file_size == 9


def test_run_when_its_task_comes_twice_then_done_once(start: Start, make_user: MakeUser) -> None:
    job = start(make_user())
    runs.run(job.pk)
    first = now_is(job)
    runs.run(job.pk)

    assert (now_is(job).run_key, now_is(job).attempts) == (first.run_key, 1)


def test_start_when_committed_then_a_task_does_it(
    start: Start, make_user: MakeUser, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job = start(make_user())

    assert now_is(job).state == "done"


def test_run_when_it_works_then_in_the_persons_language_time_and_name(
    start: Start, make_user: MakeUser
) -> None:
    seen: dict[str, Any] = {}

    def look(run: runs.Run) -> dict[str, Any]:
        seen["language"] = translation.get_language()
        seen["zone"] = timezone.get_current_timezone_name()
        seen["actor"] = current_origin().actor_in("alpha")
        return {}

    work_with(look)
    user = make_user()
    with translation.override("da"), timezone.override("Europe/Lisbon"):
        job = start(user)
    runs.run(job.pk)

    assert (seen["language"], seen["zone"]) == ("da", "Europe/Lisbon")
    assert (seen["actor"].id, seen["actor"].name) == (user.pk, user.email)


@pytest.mark.parametrize(
    "lose, words",
    [
        (lambda user: User.objects.filter(pk=user.pk).update(is_active=False), "is disabled"),
        (lambda user: user.groups.clear(), "has no right"),
    ],
)
def test_run_when_the_person_lost_the_right_since_then_failed_in_words(
    start: Start, make_user: MakeUser, lose: Callable[[User], Any], words: str
) -> None:
    user = make_user()
    job = start(user)
    lose(user)
    runs.run(job.pk)

    assert now_is(job).state == "failed"
    assert words in str(sentence(now_is(job)))


def test_run_when_the_work_refuses_then_failed_in_its_words_and_no_file_is_left(
    start: Start, make_user: MakeUser
) -> None:
    class Refused(AppError):
        message = "There is nothing to count."

    def refuse(run: runs.Run) -> dict[str, Any]:
        with run.new_file("x.csv") as file:
            file.write(b"x")
            raise Refused

    work_with(refuse)
    job = start(make_user())
    runs.run(job.pk)

    assert (now_is(job).state, str(sentence(now_is(job)))) == (
        "failed",
        "There is nothing to count.",
    )
    assert not list(files.folder().iterdir())


def test_run_when_the_work_breaks_then_failed_and_raised_for_the_log(
    start: Start, make_user: MakeUser
) -> None:
    def break_off(run: runs.Run) -> dict[str, Any]:
        raise ZeroDivisionError

    work_with(break_off)
    job = start(make_user())
    with pytest.raises(ZeroDivisionError):
        runs.run(job.pk)

    assert "error of the platform" in str(sentence(now_is(job)))


def test_run_when_the_file_grows_too_large_then_refused_and_deleted(
    start: Start, make_user: MakeUser, settings: Any
) -> None:
    settings.JOB_FILE_MAX_MB = 0
    job = start(make_user())
    runs.run(job.pk)

    assert "larger than 0 MB" in str(sentence(now_is(job)))
    assert not list(files.folder().iterdir())


def test_cancel_when_it_waits_then_never_begun(start: Start, make_user: MakeUser) -> None:
    job = start(make_user())
    jobs.cancel(job, now=NOW)
    runs.run(job.pk)

    assert (now_is(job).state, now_is(job).attempts) == ("cancelled", 0)


def test_cancel_when_it_runs_then_it_ends_at_the_next_step_without_a_file(
    start: Start, make_user: MakeUser
) -> None:
    steps: list[int] = []

    def step(run: runs.Run) -> dict[str, Any]:
        with run.new_file("x.csv") as file:
            for number in range(5):
                run.advance(number, 5)
                steps.append(number)
                file.write(b"x")
                if number == 1:
                    jobs.cancel(run.job, now=NOW)
        return {}

    work_with(step)
    job = start(make_user())
    runs.run(job.pk)

    assert steps == [0, 1]
    assert now_is(job).state == "cancelled"
    assert not list(files.folder().iterdir())


def test_cancel_when_the_work_was_just_done_then_no_file_is_handed_out(
    start: Start, make_user: MakeUser
) -> None:
    def late(run: runs.Run) -> dict[str, Any]:
        with run.new_file("x.csv") as file:
            file.write(b"x")
        jobs.cancel(run.job, now=NOW)
        return {}

    work_with(late)
    job = start(make_user())
    runs.run(job.pk)

    assert (now_is(job).state, now_is(job).file_size) == ("cancelled", None)
    assert not list(files.folder().iterdir())


def test_worker_when_it_died_then_begun_anew_and_done(
    start: Start, make_user: MakeUser, django_capture_on_commit_callbacks: Any
) -> None:
    work_with(die)
    job = start(make_user())
    dead = killed(job)
    assert dead.state == "running"
    work_with(lambda run: {"rows": 7})

    later = timezone.now() + upkeep.LOST_AFTER + timedelta(seconds=1)
    with django_capture_on_commit_callbacks(execute=True):
        upkeep.tend(now=later)

    assert (now_is(job).state, now_is(job).attempts) == ("done", 2)
    assert not files.path_of(dead.run_key).exists()


def test_worker_when_it_is_alive_then_left_alone(start: Start, make_user: MakeUser) -> None:
    work_with(die)
    dead = killed(start(make_user()))

    assert upkeep.take_from_the_dead(now=timezone.now()) == 0
    assert now_is(dead).run_key == dead.run_key


@pytest.mark.parametrize("is_resumed, attempts", [(False, 1), (True, upkeep.ATTEMPTS)])
def test_worker_when_it_died_and_must_not_begin_anew_then_failed_in_words(
    start: Start, make_user: MakeUser, is_resumed: bool, attempts: int
) -> None:
    work_with(die, is_resumed=is_resumed)
    job = killed(start(make_user()))
    Job.objects.update(attempts=attempts)
    upkeep.take_from_the_dead(now=timezone.now() + timedelta(minutes=5))

    assert now_is(job).state == "failed"
    assert "server was stopped" in str(sentence(now_is(job)))


def test_worker_when_it_was_thought_dead_and_goes_on_then_it_stops_and_changes_nothing(
    start: Start, make_user: MakeUser
) -> None:
    def slow(run: runs.Run) -> dict[str, Any]:
        work_with(lambda other: {"rows": 1})
        upkeep.take_from_the_dead(now=timezone.now() + timedelta(minutes=5))
        runs.run(run.job.pk)
        run.advance(1, 2)
        raise AssertionError("it went on")

    work_with(slow)
    job = start(make_user())
    runs.run(job.pk)

    assert (now_is(job).state, now_is(job).result, now_is(job).attempts) == (
        "done",
        {"rows": 1},
        2,
    )


def test_task_when_it_was_lost_then_queued_again(
    start: Start, make_user: MakeUser, django_capture_on_commit_callbacks: Any
) -> None:
    job = start(make_user())
    with django_capture_on_commit_callbacks(execute=True):
        upkeep.tend(now=NOW + upkeep.QUEUED_AGAIN_AFTER + timedelta(seconds=1))

    assert now_is(job).state == "done"


def test_file_when_its_days_are_over_then_deleted_and_said(
    start: Start, make_user: MakeUser, settings: Any
) -> None:
    job = start(make_user())
    runs.run(job.pk)
    path = files.path_of(now_is(job).run_key)
    days = timedelta(days=settings.JOB_FILE_KEPT_DAYS)

    upkeep.drop_old_files(now=timezone.now() + days - timedelta(hours=1))
    assert path.exists()
    upkeep.drop_old_files(now=timezone.now() + days + timedelta(hours=1))

    assert not path.exists()
    assert "is deleted now" in str(sentence(now_is(job)))


def test_files_when_no_job_knows_them_then_deleted(alpha: Tenant) -> None:
    orphan = files.path_of("f" * 32)
    orphan.write_bytes(b"x")

    upkeep.drop_old_files(now=timezone.now())
    assert orphan.exists()
    upkeep.drop_old_files(now=timezone.now() + timedelta(hours=1))
    assert not orphan.exists()


def test_jobs_when_older_than_ninety_days_then_deleted(start: Start, make_user: MakeUser) -> None:
    user = make_user()
    old, running = start(user), start(user)
    jobs.cancel(old, now=NOW)

    upkeep.drop_old_jobs(now=NOW + upkeep.ROWS_KEPT + timedelta(days=1))

    assert list(Job.objects.all()) == [running]


def test_files_when_the_tenant_goes_then_they_go(start: Start, make_user: MakeUser) -> None:
    job = start(make_user())
    runs.run(job.pk)
    path = files.path_of(now_is(job).run_key)
    delete_files(connection.schema_name)

    assert not path.exists()


def test_start_when_many_are_open_then_refused(start: Start, make_user: MakeUser) -> None:
    user = make_user()
    for _index in range(jobs.OPEN_AT_MOST):
        start(user)

    with pytest.raises(TooManyJobs, match="3 of your jobs"):
        start(user)
    start(make_user())


def test_start_when_the_tenants_files_fill_their_room_then_refused(
    start: Start, make_user: MakeUser, settings: Any
) -> None:
    settings.JOB_FILES_MAX_MB = 0

    with pytest.raises(NoRoomForFiles):
        start(make_user())


def test_progress_when_told_often_then_written_seldom(
    start: Start,
    make_user: MakeUser,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: Any,
) -> None:
    monkeypatch.setattr(runs, "TOLD_EVERY_S", 3600.0)
    job = start(make_user(), rows=2_000)

    with django_assert_max_num_queries(15):
        runs.run(job.pk)

    assert now_is(job).result == {"rows": 2_000}
