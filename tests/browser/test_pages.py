"""Pages that move by themselves, in a real browser (CDR-08, INF-14, INF-15)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.charge_records.services.activations import authorize
from apps.infrastructure.models import Station
from apps.infrastructure.services.commands import record_result, take_queued
from apps.infrastructure.services.statuses import refresh_status
from apps.tenants.context import run_in_schema
from tests.browser.conftest import Portal
from tests.factories.pages import HOSTILE, go_online, make_exchange, make_record

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Make = Callable[..., Any]


def in_alpha(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return run_in_schema("alpha", function, *args, **kwargs)


@pytest.fixture
def station(portal: Portal, make_station: Make) -> Station:
    """A committed station that is online as far as its row says."""

    def make() -> Station:
        made = make_station(charge_points=1)
        go_online(made)
        refresh_status(made.pk, now=timezone.now())
        return made

    return in_alpha(make)


@pytest.mark.req("CDR-08")
def test_activation_when_a_card_is_held_then_its_row_appears_without_reload(
    portal: Portal, page: Page, station: Station, make_person: Make
) -> None:
    portal.log_in(page, make_person("live@example.com"))
    page.goto(portal.url("/charge_records/activation/"))
    expect(page.locator("[data-live-mark]").first).to_have_attribute("data-state", "live")
    page.evaluate("window.stayed = true")

    in_alpha(authorize, station.pk, "LIVE-TAG", now=timezone.now())

    expect(page.get_by_text("LIVE-TAG")).to_be_visible()
    assert page.evaluate("window.stayed")


@pytest.mark.req("ACC-03", "CDR-08")
def test_activation_when_it_is_at_a_foreign_location_then_no_row_appears(
    portal: Portal, page: Page, station: Station, make_station: Make, make_person: Make
) -> None:
    other = in_alpha(make_station)
    email = make_person("limited@example.com", locations=[other.location_id])
    portal.log_in(page, email)
    page.goto(portal.url("/charge_records/activation/"))
    expect(page.locator("[data-live-mark]").first).to_have_attribute("data-state", "live")

    in_alpha(authorize, station.pk, "FOREIGN-TAG", now=timezone.now())
    in_alpha(authorize, other.pk, "OWN-TAG", now=timezone.now())

    expect(page.get_by_text("OWN-TAG")).to_be_visible()
    expect(page.get_by_text("FOREIGN-TAG")).to_have_count(0)


@pytest.mark.req("INF-15")
def test_restart_when_confirmed_then_the_stations_answer_is_shown_without_reload(
    portal: Portal, page: Page, station: Station, make_person: Make
) -> None:
    portal.log_in(page, make_person("restart@example.com"))
    page.goto(portal.url(f"/infrastructure/station/{station.pk}/change/"))
    page.get_by_role("button", name="Restart controller").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Hard", exact=False).check()
    dialog.get_by_role("button", name="Restart").click()
    # No charger is connected, so the command waits until this test takes it like a gateway.
    expect(dialog.get_by_text("Waiting for the station")).to_be_visible()

    command = in_alpha(take_queued, station.pk, now=timezone.now())
    assert command.parameters == {"hard": True}
    in_alpha(
        record_result, command.pk, verdict="Accepted", answer={"status": "Accepted"},
        now=timezone.now(),
    )  # fmt: skip

    expect(dialog.get_by_text("The station accepted.")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()


@pytest.mark.req("INF-15")
def test_commands_when_the_station_is_away_then_buttons_are_off_and_it_says_why(
    portal: Portal, page: Page, make_station: Make, make_person: Make
) -> None:
    away = in_alpha(make_station)
    portal.log_in(page, make_person("away@example.com"))
    page.goto(portal.url(f"/infrastructure/station/{away.pk}/change/"))

    expect(page.get_by_role("button", name="Restart controller")).to_be_disabled()
    expect(page.get_by_text("Commands are possible once the station is connected.")).to_be_visible()


@pytest.mark.req("INF-14", "OCP-07")
def test_messages_when_newer_are_loaded_then_hostile_text_stays_text(
    portal: Portal, page: Page, station: Station, make_person: Make
) -> None:
    alerts: list[str] = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    portal.log_in(page, make_person("messages@example.com"))
    page.goto(portal.url("/ocpp/messageexchange/"))

    in_alpha(
        make_exchange, station, "DataTransfer", {"vendorId": HOSTILE}, requested_at=timezone.now()
    )
    page.get_by_role("button", name="Load newer").click()
    row = page.locator("tr", has_text="DataTransfer").first
    expect(row).to_be_visible()
    row.get_by_text("As sent").click()

    expect(row.locator("pre").first).to_contain_text(HOSTILE)
    assert not alerts


@pytest.mark.req("CDR-02")
def test_record_when_opened_then_no_script_fails_and_nothing_is_cut_on_a_phone(
    portal: Portal, page: Page, station: Station, make_person: Make
) -> None:
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.on(
        "console",
        lambda message: failures.append(message.text) if message.type == "error" else None,
    )
    record = in_alpha(make_record, station)
    portal.log_in(page, make_person("phone@example.com"))
    page.set_viewport_size({"width": 390, "height": 844})

    for path in (
        "/", f"/charge_records/chargerecord/{record.pk}/change/", "/charge_records/chargerecord/",
        "/charge_records/activation/", "/infrastructure/station/", "/infrastructure/chargepoint/",
        f"/infrastructure/station/{station.pk}/change/",
        f"/infrastructure/station/{station.pk}/change/?tab=messages",
        "/infrastructure/station/add/", "/ocpp/messageexchange/", "/emaid/card/",
    ):  # fmt: skip
        page.goto(portal.url(path))
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    assert not failures
