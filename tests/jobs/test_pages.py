"""The list of jobs and one job: whose they are, what they say, who gets the file."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.accounts.services.users import limit_to_locations
from apps.jobs.models import Job
from apps.jobs.services import jobs, runs
from apps.tenants.models import Tenant
from tests.conftest import NOW, make_client
from tests.factories.pages import log_in
from tests.jobs.conftest import KIND

pytestmark = [pytest.mark.req("CDR-10", "ACC-03"), pytest.mark.django_db]

Start = Callable[..., Job]
MakeUser = Callable[..., User]
LIST = "/jobs/job/"


def page(job: Job, path: str = "change") -> str:
    return f"/jobs/job/{job.pk}/{path}/"


@pytest.fixture
def done(start: Start, make_user: MakeUser) -> Job:
    """A finished job of an operator who sees all locations."""
    job = start(make_user())
    runs.run(job.pk)
    return Job.objects.select_related("requested_by").get(pk=job.pk)


def test_file_when_asked_for_by_whom_it_was_made_for_then_as_an_attachment(done: Job) -> None:
    client = log_in(done.requested_by)
    assert "3 rows" in client.get(page(done)).content.decode()
    response = client.get(page(done, "file"))

    assert b"".join(response.streaming_content) == b"0\r\n1\r\n2\r\n"
    assert response.headers["Content-Disposition"] == 'attachment; filename="numbers.csv"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response.headers["Cache-Control"]


def test_file_when_an_admin_asks_then_only_the_job_is_shown(done: Job, make_user: MakeUser) -> None:
    client = log_in(make_user("admin"))
    text = client.get(page(done)).content.decode()

    assert str(done.requested_by) in text
    assert page(done, "file") not in text
    assert client.get(page(done, "file")).status_code == 404


def test_job_when_somebody_elses_then_not_found(done: Job, make_user: MakeUser) -> None:
    client = log_in(make_user())

    assert "Counting" not in client.get(LIST).content.decode()
    assert client.get(page(done)).status_code == 404
    assert client.get(page(done, "file")).status_code == 404
    assert client.post(page(done, "cancel")).status_code == 404


def test_job_when_the_admin_sees_some_locations_only_then_not_found(
    done: Job, make_user: MakeUser, make_location: Callable[..., Any]
) -> None:
    client = log_in(make_user("admin", locations=[make_location()]))

    assert "Counting" not in client.get(LIST).content.decode()
    assert client.get(page(done)).status_code == 404


def test_job_when_the_person_is_of_another_tenant_then_not_found(
    done: Job, make_user: MakeUser
) -> None:
    connection.set_tenant(Tenant.objects.get(schema_name="beta"))
    client = make_client(make_user("admin"), "beta.localhost")

    assert client.get(page(done)).status_code == 404
    assert client.get(page(done, "file")).status_code == 404


def test_file_when_the_person_sees_fewer_locations_by_now_then_refused(
    done: Job, make_location: Callable[..., Any]
) -> None:
    user = done.requested_by
    limit_to_locations(user, [make_location()])
    response = log_in(user).get(page(done, "file"), follow=True)

    assert "more than you may see by now" in response.content.decode()


def test_file_when_the_person_lost_the_right_then_refused(done: Job) -> None:
    user = done.requested_by
    user.groups.clear()
    response = log_in(user).get(page(done, "file"), follow=True)

    assert response.redirect_chain
    assert "more than you may see by now" in response.content.decode()


def test_file_when_it_is_gone_then_not_found(done: Job) -> None:
    Job.objects.update(file_size=None)
    client = log_in(done.requested_by)

    assert client.get(page(done, "file")).status_code == 404
    assert "is deleted now" in client.get(page(done)).content.decode()


def test_cancel_when_the_person_or_an_admin_asks_then_cancelled(
    start: Start, make_user: MakeUser
) -> None:
    user = make_user()
    own, others = start(user), start(user)

    log_in(user).post(page(own, "cancel"))
    log_in(make_user("admin")).post(page(others, "cancel"))

    assert set(Job.objects.values_list("state", flat=True)) == {"cancelled"}
    assert log_in(user).get(page(own, "cancel")).status_code == 405


def test_progress_when_the_job_runs_then_a_bar_that_is_fetched_again(
    start: Start, make_user: MakeUser
) -> None:
    user = make_user()
    job = start(user)
    Job.objects.update(state="running", run_key="a" * 32, done=250_000, total=1_000_000)
    text = log_in(user).get(f"{page(job)}?fragment=progress").content.decode()

    assert 'value="25"' in text
    assert "250,000 of 1,000,000" in text
    assert 'data-live-topic="jobs"' in text
    assert "a" * 32 not in text


def test_list_when_it_is_long_then_the_same_queries_as_when_short(
    alpha: Tenant, make_user: MakeUser
) -> None:
    admin = make_user("admin")
    client = log_in(admin)

    def make(number: int) -> None:
        for _index in range(number):
            job = jobs.start(KIND, make_user(), {"rows": 1}, now=NOW)
            assert job.pk

    make(2)
    client.get(LIST)
    with CaptureQueriesContext(
        connection,
    ) as few:
        assert client.get(LIST).status_code == 200
    make(20)
    with CaptureQueriesContext(connection) as many:
        assert client.get(LIST).status_code == 200

    assert len(many) == len(few) <= 25
