"""The activation overview while a real charger works: steps appear by themselves (CDR-08)."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from apps.charge_records.models import Activation
from apps.charge_records.services.activations import authorize
from apps.emaid.models import Card
from apps.infrastructure.models import Station
from apps.tenants.context import run_in_schema
from tests.browser.chargers import Driver, plugged_in
from tests.browser.conftest import Portal
from tests.factories.pages import make_activation

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.req("CDR-08")]

Make = Callable[..., Any]
OVERVIEW = "/charge_records/activation/"
CARD, BLOCKED = "04A2B3C4D5E680", "04BBBBBBBBBBBB"
# Meter values are polled every 15 seconds, the rest comes by the live socket.
POLLED_MS = 25_000
# Long enough for a plausible record; an older start would count as reported late.
RECENTLY = timedelta(minutes=4)


def in_alpha(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return run_in_schema("alpha", function, *args, **kwargs)


@pytest.fixture
def station(portal: Portal, make_station: Make) -> Station:
    def make() -> Station:
        Card.objects.get_or_create(tag=CARD)
        Card.objects.get_or_create(tag=BLOCKED, is_blocked=True)
        return make_station()

    return in_alpha(make)


@pytest.fixture
def driver(portal: Portal, station: Station) -> Iterator[Driver]:
    with plugged_in(portal.process.url, station.charge_box_id) as charger:
        yield charger


def open_live(portal: Portal, page: Page, path: str = OVERVIEW) -> None:
    page.goto(portal.url(path))
    expect(page.locator("[data-live-mark]").first).to_have_attribute("data-state", "live")
    page.evaluate("window.stayed = true")


def steps_of(row: Locator, state: str) -> Locator:
    return row.locator(f".cy-steps .cy-{state}")


def test_overview_when_a_charger_works_then_each_step_appears_without_reload(
    portal: Portal, page: Page, station: Station, driver: Driver, make_person: Make
) -> None:
    portal.log_in(page, make_person("steps@example.com"))
    open_live(portal, page, f"{OVERVIEW}?station={station.pk}")
    charger = driver.charger
    row = page.locator("tr[id^=activation-]").first

    driver.do(charger.call("Authorize", {"idTag": CARD}))
    expect(row.locator(".cy-badge")).to_contain_text("Authorised")
    expect(row.get_by_role("link", name=CARD)).to_be_visible()

    began = charger.now() - RECENTLY
    transaction = driver.do(charger.start(1, CARD, 1_000, at=began))
    expect(steps_of(row, "now")).to_contain_text("Charging")
    expect(steps_of(row, "done")).to_have_count(2)

    driver.do(charger.meter_values(transaction, 1_700))
    expect(row).to_contain_text("0.7 kWh", timeout=POLLED_MS)

    driver.do(charger.stop(transaction, 2_200))
    expect(row.locator(".cy-badge")).to_contain_text("Completed")
    expect(steps_of(row, "done")).to_have_count(5)
    expect(row).to_contain_text("1.2 kWh")
    expect(row.get_by_role("link", name="Show")).to_be_visible()
    assert page.evaluate("window.stayed")


def test_activation_when_its_page_is_open_then_start_stop_receipt_and_messages_appear(
    portal: Portal, page: Page, station: Station, driver: Driver, make_person: Make
) -> None:
    portal.log_in(page, make_person("page@example.com"))
    charger = driver.charger
    driver.do(charger.call("Authorize", {"idTag": CARD}))
    pk = in_alpha(lambda: Activation.objects.get(station=station).pk)
    open_live(portal, page, f"{OVERVIEW}{pk}/change/")
    way = page.locator(".cy-timeline")
    expect(way.get_by_text("Answer: Accepted")).to_be_visible()
    expect(way).to_contain_text("awaited")

    began = charger.now() - RECENTLY
    transaction = driver.do(charger.start(1, CARD, 1_000, at=began))
    expect(way.get_by_text(f"Transaction {transaction.id}")).to_be_visible()
    messages = page.locator("#cy-messages")
    expect(messages.get_by_text("StartTransaction", exact=True)).to_be_visible()

    driver.do(charger.stop(transaction, 2_200))
    expect(way.get_by_text("Reason of the station: Local")).to_be_visible()
    expect(page.get_by_role("link", name="Charge record", exact=True)).to_be_visible()
    expect(messages.get_by_text("StopTransaction", exact=True)).to_be_visible()
    expect(page.locator("[data-live-mark]").first).to_have_text("Live")
    assert page.evaluate("window.stayed")


@pytest.mark.req("ACL-03")
def test_overview_when_a_card_is_refused_then_it_appears_with_reason_and_remedy(
    portal: Portal, page: Page, station: Station, driver: Driver, make_person: Make
) -> None:
    portal.log_in(page, make_person("refused@example.com"))
    open_live(portal, page, f"{OVERVIEW}?station={station.pk}")

    driver.do(driver.charger.call("Authorize", {"idTag": BLOCKED}))

    row = page.locator("tr", has_text=BLOCKED)
    expect(row.get_by_text("The card is blocked.")).to_be_visible()
    expect(row).to_contain_text("take the block off the card")
    expect(steps_of(row, "failed")).to_contain_text("Authentication")


def make_many(station: Station) -> None:
    now = timezone.now()
    for number in range(30):
        make_activation(
            station, id_tag=f"OLD-{number}", began_at=now - timedelta(minutes=10 + number)
        )


def test_overview_when_the_reader_has_scrolled_then_place_and_focus_stay(
    portal: Portal, page: Page, station: Station, make_person: Make
) -> None:
    in_alpha(make_many, station)
    portal.log_in(page, make_person("place@example.com"))
    open_live(portal, page, f"{OVERVIEW}?station={station.pk}")
    row = page.locator("tr", has_text="OLD-20")
    row.get_by_role("link").first.focus()
    row.scroll_into_view_if_needed()
    page.evaluate("window.scrollBy(0, 200)")
    before = row.evaluate("one => one.getBoundingClientRect().top")
    height = row.evaluate("one => one.getBoundingClientRect().height")

    in_alpha(authorize, station.pk, "NEW-TAG", now=timezone.now())

    expect(page.get_by_text("NEW-TAG")).to_have_count(1)
    expect(row.get_by_role("link").first).to_be_focused()
    after = row.evaluate("one => one.getBoundingClientRect().top")
    assert abs(after - before) < height / 4


def test_overview_when_paused_then_it_stands_still_until_it_goes_on(
    portal: Portal, page: Page, station: Station, make_person: Make
) -> None:
    portal.log_in(page, make_person("pause@example.com"))
    open_live(portal, page, f"{OVERVIEW}?station={station.pk}")
    button = page.get_by_role("button", name="Pause", exact=True)
    button.click()
    mark = page.locator("[data-live-mark]").first
    expect(mark).to_have_text("Paused")

    in_alpha(authorize, station.pk, "WAITING-TAG", now=timezone.now())

    expect(mark).to_have_text("Paused, something has changed")
    expect(page.get_by_text("WAITING-TAG")).to_have_count(0)
    button.click()
    expect(page.get_by_text("WAITING-TAG")).to_be_visible()
    expect(mark).to_have_text("Live")


def test_overview_when_on_a_phone_then_nothing_is_cut(
    portal: Portal, page: Page, station: Station, make_person: Make
) -> None:
    in_alpha(make_many, station)
    refused = {"state": "refused", "refusal": "concurrent", "authorized_at": None}
    activation = in_alpha(make_activation, station, **refused)
    portal.log_in(page, make_person("small@example.com"))
    page.set_viewport_size({"width": 390, "height": 844})

    for path in (f"{OVERVIEW}?station={station.pk}", f"{OVERVIEW}{activation.pk}/change/"):
        open_live(portal, page, path)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390
