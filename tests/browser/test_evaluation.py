"""Excluding a record for a reason and evaluating a selection again, as a person does (CDR-11)."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from apps.charge_records.models import ChargeRecord
from apps.emaid.services import ensure_card
from apps.tenants.context import run_in_schema
from tests.browser import axe
from tests.browser.conftest import Portal
from tests.factories.pages import make_record

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.req("CDR-11")]

Make = Callable[..., Any]
RECORDS = "/charge_records/chargerecord/"
CARD, CONTRACT = "04A2B3C4D5E680", "DE8AACA2B3C4D5"
UNKNOWN = {
    "medium": "unknown",
    "bdr_main": "error",
    "bdr_detail": "emp_unknown",
    "findings": ["emp_unknown"],
}


@pytest.fixture
def records(portal: Portal, make_station: Make) -> list[ChargeRecord]:
    """A successful record and two whose provider was not known; by now it is."""

    def make() -> list[ChargeRecord]:
        station = make_station()
        ensure_card(CARD, emaid=CONTRACT)
        made = [make_record(station, emaid=f"{CONTRACT}L")]
        made += [make_record(station, **UNKNOWN) for _ in range(2)]
        return made

    return run_in_schema("alpha", make)


def kept(record: ChargeRecord) -> ChargeRecord:
    return run_in_schema("alpha", ChargeRecord.objects.get, pk=record.pk)


def test_record_when_excluded_then_the_history_says_why_and_it_can_be_taken_back(
    portal: Portal, page: Page, make_person: Make, records: list[ChargeRecord]
) -> None:
    portal.log_in(page, make_person("excludes@example.com"))
    page.goto(portal.url(f"{RECORDS}{records[0].pk}/change/"))

    page.get_by_role("button", name="Exclude", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Session and energy no longer count")
    assert not axe.faults(page)
    dialog.get_by_label("Reason").fill("Test of the fitter")
    dialog.get_by_role("button", name="Exclude").click()

    expect(page.locator(".cy-banner-word")).to_contain_text("Exclusion")
    history = page.locator("section", has=page.get_by_role("heading", name="History of statuses"))
    expect(history).to_contain_text("Test of the fitter")
    expect(history).to_contain_text("excludes@example.com")
    page.get_by_role("button", name="Take the exclusion back").click()
    dialog.get_by_label("Reason").fill("It was a driver")
    dialog.get_by_role("button", name="Take the exclusion back").click()

    expect(page.locator(".cy-banner-word")).to_contain_text("Successful")
    expect(history).to_contain_text("It was a driver")


def test_selection_when_evaluated_again_then_only_the_chosen_change(
    portal: Portal, page: Page, make_person: Make, records: list[ChargeRecord]
) -> None:
    portal.log_in(page, make_person("evaluates@example.com"))
    page.goto(portal.url(f"{RECORDS}?station={records[0].station_id}"))

    page.locator(f"input[name=record][value='{records[1].pk}']").check()
    page.get_by_role("button", name="Evaluate again", exact=True).click()
    expect(page.get_by_text("1 gets another status.")).to_be_visible()
    assert not axe.faults(page)
    page.get_by_role("button", name="Evaluate again", exact=True).click()

    expect(page.get_by_text("1 record was changed.")).to_be_visible()
    assert f"station={records[0].station_id}" in page.url
    assert [kept(record).bdr_main for record in records] == ["successful", "successful", "error"]


@pytest.mark.req("CDR-06")
@pytest.mark.parametrize("scheme, width", [("light", 1300), ("dark", 390)])
def test_pages_when_checked_by_axe_then_no_serious_fault_and_nothing_is_cut(
    portal: Portal, page: Page, make_person: Make, records: list[ChargeRecord],
    scheme: Any, width: int,
) -> None:  # fmt: skip
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    portal.log_in(page, make_person("looks@example.com"))
    chosen = "&".join(f"record={record.pk}" for record in records)
    found = []
    for path in (
        f"{RECORDS}{records[1].pk}/change/",
        f"{RECORDS}explanations/#emp_unknown",
        f"{RECORDS}exclude-chosen/?deed=goodwill&{chosen}",
        f"{RECORDS}evaluate-chosen/",
        f"{RECORDS}evaluate-all/?main=error",
    ):
        page.goto(portal.url(path))
        page.wait_for_load_state()
        found += [f"{path}: {fault}" for fault in axe.faults(page)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{path}: wider than {width} pixels")

    assert not found, "\n".join(found)
