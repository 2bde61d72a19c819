"""From a filter over the graph to the list behind a bar, kept as a view and opened again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.tenants.context import run_in_schema
from tests.browser.conftest import Portal
from tests.factories.pages import make_record

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Make = Callable[..., Any]
RECORDS = "/charge_records/chargerecord/"
WIDE, PHONE = (1440, 900), (390, 844)


@pytest.mark.req("CDR-01")
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_records_when_a_bar_is_clicked_then_its_list_can_be_kept_as_a_view(
    portal: Portal, page: Page, make_station: Make, make_person: Make, size: tuple[int, int]
) -> None:
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))

    def make() -> None:
        station = make_station()
        now = timezone.now()
        for days, name in ((4, "FOUR"), (9, "NINE")):
            at = now - timedelta(days=days)
            make_record(
                station,
                started_at=at,
                counted_on=timezone.localdate(at),
                id_tag=f"TAG-{name}-{size[0]}",
            )

    run_in_schema("alpha", make)
    portal.log_in(page, make_person(f"records{size[0]}@example.com"))
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(portal.url(RECORDS))

    if size is PHONE:
        page.locator("details.cy-filters > summary").click()
    page.get_by_label("Period").select_option("7d")
    page.get_by_label("Authentication medium").select_option("rfid")
    page.get_by_role("button", name="Apply", exact=True).last.click()
    page.get_by_role("link", name="Graph").click()
    canvas = page.locator("canvas[data-graph]")
    expect(canvas).to_be_visible()
    click_bar_with_sessions(page)

    expect(page.get_by_text(f"TAG-FOUR-{size[0]}")).to_be_visible()
    expect(page.get_by_text(f"TAG-NINE-{size[0]}")).to_have_count(0)
    assert "medium=rfid" in page.url
    page.locator("summary", has_text="Views").click()
    page.get_by_label("Name of the view").fill("Cards of a day")
    page.get_by_role("button", name="Save view").click()
    expect(page.get_by_text("The view “Cards of a day” was saved.")).to_be_visible()

    page.goto(portal.url(RECORDS))
    expect(page.get_by_text(f"TAG-NINE-{size[0]}")).to_be_visible()
    page.locator("summary", has_text="Views").click()
    page.get_by_role("link", name="Cards of a day").click()
    expect(page.get_by_text(f"TAG-FOUR-{size[0]}")).to_be_visible()
    expect(page.get_by_text(f"TAG-NINE-{size[0]}")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert not failures


def click_bar_with_sessions(page: Page) -> None:
    """Click where the chart itself says that the bar with a session stands."""
    place = page.evaluate(
        """() => {
            const chart = Chart.getChart(document.querySelector("canvas[data-graph]"));
            const index = chart.data.datasets[1].data.findIndex((number) => number > 0);
            const { x, base } = chart.getDatasetMeta(0).data[index];
            return { x, y: base - 3 };
        }"""
    )
    page.locator("canvas[data-graph]").click(position=place)
    page.wait_for_url(lambda address: "show=list" in address)
