"""CheckBill as a person uses it, and the driver's link as the driver does (CDR-04)."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Locator, Page, expect

from apps.accounts.models import User
from apps.charge_records.models import ChargeRecord, SignedRecord
from apps.charge_records.services.check_links import create_link
from apps.infrastructure.models import Meter, Station
from apps.tenants.context import run_in_schema
from tests.browser import axe
from tests.browser.conftest import TIMEOUT_MS, Portal
from tests.charge_records.domain.ocmf.signing import METER_NUMBER, reading
from tests.charge_records.domain.ocmf.signing import Meter as SigningMeter
from tests.charge_records.test_checkbill import CARD, checked

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.req("CDR-04")]

Make = Callable[..., Any]
RECORDS = "/charge_records/chargerecord/"
CHECKBILL = f"{RECORDS}checkbill/"
IN_LINE = "The session is in line with calibration law."
NOT_IN_LINE = "The session is not in line with calibration law. It is not billed."
UNFIT = "The signature does not fit: the record was changed, or another meter signed it."
STEPS = ["Meter", "Public key", "Signature", "Begin", "End", "Values", "Identification", "Time"]
FILES = {
    "File for the transparency software": ("checkbill.xml", b"<?xml"),
    "Signed records": ("checkbill.txt", b"OCMF|{"),
    "PDF": ("checkbill.pdf", b"%PDF-"),
}


def in_alpha(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return run_in_schema("alpha", function, *args, **kwargs)


@pytest.fixture
def signer() -> SigningMeter:
    return SigningMeter()


@pytest.fixture
def station(portal: Portal, make_station: Make) -> Station:
    return in_alpha(make_station, country="DE")


@pytest.fixture
def record(station: Station, signer: SigningMeter) -> ChargeRecord:
    """A record that was checked and is valid."""
    return in_alpha(checked, station, signer)


def step_of(check: Locator, number: int) -> Locator:
    return check.locator(".cy-chain > li").nth(number)


def expect_all_in_order(check: Locator) -> None:
    """Expect all steps, one after the other, and nothing against any."""
    expect(check.locator(".cy-chain-head .cy-strong")).to_have_text(STEPS)
    badges = [re.compile(r"In order\s*$")] * len(STEPS)
    expect(check.locator(".cy-chain-head .cy-badge")).to_have_text(badges)


def download(page: Page, name: str) -> tuple[str, bytes]:
    """Click a link and return the file's name and content."""
    with page.expect_download() as started:
        page.get_by_role("link", name=name, exact=True).click()
    return started.value.suggested_filename, Path(started.value.path()).read_bytes()


def expect_files(page: Page, signer: SigningMeter, record: ChargeRecord) -> None:
    """Expect the three files, with what the meter signed and its key."""
    kept = in_alpha(SignedRecord.objects.get, session_id=record.session_id).text
    found = {name: download(page, name) for name in FILES}

    for name, (file_name, first) in FILES.items():
        assert (found[name][0], found[name][1][: len(first)]) == (file_name, first)
    value = ElementTree.fromstring(found["File for the transparency software"][1])[0]
    assert value.findtext("signedData") == kept
    assert value.findtext("publicKey") == signer.public_key
    assert found["Signed records"][1].decode() == f"{kept}\n"


def test_records_when_chosen_then_each_step_of_each_is_said_in_words(
    portal: Portal, page: Page, make_person: Make, station: Station, signer: SigningMeter
) -> None:
    signed = signer.record(reading("B", "100.000"), reading("E", "112.345"))
    changed = signed.replace("112.345", "112.346")
    records = [
        in_alpha(checked, station, signer),
        in_alpha(checked, station, signer, text=changed),
        in_alpha(checked, station, signer, number=2),
    ]
    portal.log_in(page, make_person("chooses@example.com"))
    page.goto(portal.url(f"{CHECKBILL}?station={station.pk}"))

    for record in records[:2]:
        page.locator(f"input[name=record][value='{record.pk}']").check()
    page.get_by_role("button", name="Check the chosen records").click()

    checks = page.locator(".cy-check-record")
    expect(checks).to_have_count(2)
    valid = checks.filter(has_text=IN_LINE)
    expect_all_in_order(valid)
    expect(step_of(valid, 0)).to_contain_text(METER_NUMBER)
    expect(step_of(valid, 2)).to_contain_text("Nothing was changed since the meter signed")
    expect(step_of(valid, 5)).to_contain_text("12.345 kWh")
    expect(step_of(valid, 6)).to_contain_text(CARD)
    invalid = checks.filter(has_text=NOT_IN_LINE)
    expect(invalid.locator(".cy-badge", has_text="Not in order")).to_have_count(1)
    expect(step_of(invalid, 2)).to_contain_text(UNFIT)


def test_record_when_the_key_was_mended_and_it_is_verified_again_then_in_line(
    portal: Portal, page: Page, make_person: Make, station: Station, signer: SigningMeter
) -> None:
    record = in_alpha(checked, station, signer, key=SigningMeter().public_key)
    portal.log_in(page, make_person("verifies@example.com"))
    page.goto(portal.url(f"{RECORDS}{record.pk}/check/"))
    expect(page.locator(".cy-check-record")).to_contain_text(NOT_IN_LINE)
    expect(step_of(page.locator(".cy-check-record"), 2)).to_contain_text(UNFIT)

    mended = {"public_key": signer.public_key}
    in_alpha(Meter.objects.filter(charge_point__station=station).update, **mended)
    page.reload()
    expect(page.get_by_text("Verify again to decide by them.")).to_be_visible()
    page.get_by_role("button", name="Verify again").click()

    expect(page.get_by_text("it is in line with calibration law")).to_be_visible()
    check = page.locator(".cy-check-record")
    expect(check).to_contain_text(IN_LINE)
    expect_all_in_order(check)
    expect(page.get_by_text("Verify again to decide by them.")).to_have_count(0)
    page.get_by_text("Earlier checks").click()
    expect(check.locator("details li")).to_have_count(2)
    expect(check.locator("details li").last).to_contain_text(UNFIT)


def test_files_when_downloaded_then_xml_raw_and_pdf_with_their_names(
    portal: Portal, page: Page, make_person: Make, record: ChargeRecord, signer: SigningMeter
) -> None:
    portal.log_in(page, make_person("downloads@example.com"))
    page.goto(portal.url(f"{RECORDS}{record.pk}/check/"))

    expect_files(page, signer, record)


def test_link_when_opened_without_a_log_in_then_the_check_until_it_is_revoked(
    portal: Portal, page: Page, new_context: Callable[..., BrowserContext], make_person: Make,
    record: ChargeRecord, signer: SigningMeter,
) -> None:  # fmt: skip
    portal.log_in(page, make_person("links@example.com"))
    page.goto(portal.url(f"{RECORDS}{record.pk}/check/"))
    page.get_by_role("button", name="Make a link for the driver").click()
    address = page.locator("section[role=status] a").inner_text()
    assert address.startswith(portal.url("/check/"))
    driver = new_context().new_page()
    driver.set_default_timeout(TIMEOUT_MS)

    driver.goto(address)

    expect(driver.get_by_text(IN_LINE)).to_be_visible()
    expect_all_in_order(driver.locator("body"))
    expect(driver.locator("body")).not_to_contain_text(CARD)
    expect_files(driver, signer, record)

    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("The link does not work any more.")).to_be_visible()
    expect(page.get_by_role("button", name="Revoke")).to_have_count(0)
    driver.reload()

    expect(driver.get_by_role("heading", name="This link does not work")).to_be_visible()
    expect(driver.get_by_text("Ask the operator of the charging station")).to_be_visible()
    expect(driver.get_by_text(IN_LINE)).to_have_count(0)


@pytest.mark.parametrize("scheme, width", [("light", 1300), ("dark", 390)])
def test_pages_when_checked_by_axe_then_no_serious_fault_and_nothing_is_cut(
    portal: Portal, page: Page, make_person: Make, record: ChargeRecord, scheme: Any, width: int
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    email = make_person("looks@example.com")
    maker = in_alpha(User.objects.get, email=email)
    token = in_alpha(create_link, record, maker, now=timezone.now())
    portal.log_in(page, email)
    found = []
    for path in (
        f"{CHECKBILL}?station={record.station_id}",
        f"{CHECKBILL}?record=0",
        f"{RECORDS}{record.pk}/check/",
        f"/check/{token}/",
        "/check/nowhere/",
    ):
        page.goto(portal.url(path))
        page.wait_for_load_state()
        found += [f"{path}: {fault}" for fault in axe.faults(page)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{path}: wider than {width} pixels")

    assert not found, "\n".join(found)
