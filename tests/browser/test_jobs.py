"""A file of many records: asked for on the list, followed on the job's page, fetched (CDR-10)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.jobs.models import Job
from apps.jobs.services.jobs import tell
from apps.portal.exports import MAX_ROWS
from apps.tenants.context import run_in_schema
from bench.records import fill
from tests.browser.conftest import Portal

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.req("CDR-10")]

Make = Callable[..., Any]
# A file of so many rows is made before the answer comes, since tasks of the tests run at once.
PATIENCE_MS = 120_000


def in_alpha(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return run_in_schema("alpha", function, *args, **kwargs)


def test_export_when_many_records_match_then_from_the_list_over_the_job_to_the_file(
    portal: Portal, page: Page, make_station: Make, make_person: Make
) -> None:
    in_alpha(make_station)
    in_alpha(fill, MAX_ROWS)
    portal.log_in(page, make_person("exporter@example.com"))
    page.set_default_timeout(PATIENCE_MS)
    page.goto(portal.url("/charge_records/chargerecord/?period=12m"))

    page.get_by_role("link", name="CSV", exact=True).click()
    expect(page.locator("[data-job=done]")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator("[data-sentence]")).to_have_text(f"{MAX_ROWS + 1:,} rows")
    with page.expect_download() as started:
        page.get_by_role("link", name="Download").click()

    assert started.value.suggested_filename == "charge-records.csv"
    content = Path(started.value.path()).read_bytes()
    assert content.startswith(b"\xef\xbb\xbfrecord;start;end;")
    assert content.count(b"\r\n") == MAX_ROWS + 2


def test_job_when_it_goes_on_then_its_bar_moves_without_reload(
    portal: Portal, page: Page, make_person: Make
) -> None:
    email = make_person("watcher@example.com")

    def begin() -> int:
        user = User.objects.get(email=email)
        job = Job.objects.create(
            kind="charge_records.export",
            state="running",
            requested_by=user,
            language="en",
            time_zone="UTC",
            requested_at=timezone.now(),
            queued_at=timezone.now(),
            alive_at=timezone.now(),
            run_key="b" * 32,
            done=100,
            total=1_000,
        )
        return job.pk

    def go_on(job_id: int, **values: Any) -> None:
        Job.objects.filter(pk=job_id).update(**values)
        tell(job_id)

    job_id = in_alpha(begin)
    portal.log_in(page, email)
    page.goto(portal.url("/jobs/job/"))
    bar = page.get_by_role("progressbar", name="Progress")
    expect(bar).to_have_attribute("value", "10")
    page.evaluate("window.stayed = true")
    in_alpha(go_on, job_id, done=700)
    expect(bar).to_have_attribute("value", "70")
    assert page.evaluate("window.stayed")

    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("It is being cancelled.")).to_be_visible()
    in_alpha(go_on, job_id, state="cancelled", finished_at=timezone.now())
    expect(page.get_by_text("Nothing of it was kept.")).to_be_visible()
