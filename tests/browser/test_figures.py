"""From a figure to the rows behind it, in a real browser (CDR-07, CDR-09)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.charge_records.services.rebuild import rebuild_totals
from apps.infrastructure.models import Station
from apps.tenants.context import run_in_schema
from tests.browser.conftest import Portal
from tests.factories.pages import make_activation, make_record

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Make = Callable[..., Any]
SESSIONS, ERRORS, ACTIVATIONS = 3, 2, 6


@pytest.fixture
def station(portal: Portal, make_station: Make) -> Station:
    """A committed station with sessions, activations and errors of yesterday."""

    def make() -> Station:
        made: Station = make_station(charge_points=1)
        yesterday = timezone.now() - timedelta(days=1)
        for number in range(SESSIONS):
            record = make_record(made, started_at=yesterday - timedelta(hours=number))
            make_activation(
                made, session=record.session, state="completed", began_at=record.started_at
            )
        make_record(made, started_at=yesterday - timedelta(hours=9), bdr_main="error")
        for number in range(ERRORS):
            at = yesterday - timedelta(minutes=number)
            make_activation(made, state="failed", error_class="canceled", began_at=at)
        make_activation(
            made, state="completed", error_class="", began_at=yesterday,
            counted_on=timezone.localdate(yesterday),
        )  # fmt: skip
        today = timezone.localdate()
        rebuild_totals(today - timedelta(days=7), today + timedelta(days=1))
        return made

    return run_in_schema("alpha", make)


def test_dashboard_when_a_number_is_clicked_then_the_list_shows_it_and_the_chart_is_drawn(
    portal: Portal, page: Page, station: Station, make_person: Make
) -> None:
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    portal.log_in(page, make_person("figures@example.com"))
    page.goto(portal.url(f"/?location={station.location_id}"))

    page.get_by_role("link", name="12 months", exact=True).click()
    expect(page.get_by_role("img", name="Energy by month over the last 12 months")).to_be_visible()
    number = page.locator("[data-period='7d'] td").nth(2).get_by_role("link")
    expect(number).to_have_text(str(SESSIONS))
    number.click()

    expect(page.locator("[data-totals]")).to_contain_text(f"{SESSIONS} records")
    assert not failures


def test_error_rate_when_the_errors_are_clicked_then_the_overview_shows_just_those(
    portal: Portal, page: Page, station: Station, make_person: Make
) -> None:
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    portal.log_in(page, make_person("rates@example.com"))
    page.goto(portal.url(f"/error-rate/?location={station.location_id}"))

    row = page.locator("#cy-rows tbody tr", has_text=station.charge_box_id)
    expect(row).to_contain_text("33.3 %")
    expect(page.locator("[data-activations]")).to_have_text(str(ACTIVATIONS))
    row.get_by_role("link", name=str(ERRORS), exact=True).click()

    expect(page.locator("#cy-rows tbody tr")).to_have_count(ERRORS)
    expect(page.locator("#cy-rows")).to_contain_text("Canceled by EV driver or timeout")
    assert not failures
