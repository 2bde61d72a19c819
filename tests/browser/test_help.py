"""From the console to the people: a document and a malfunction, as both sides see them (TEN-06)."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from apps.accounts.models import User
from apps.help.models import Dismissal, Document, DocumentVersion, Malfunction, Reader
from apps.tenants.context import run_in_schema
from tests.browser import axe
from tests.browser.conftest import TIMEOUT_MS, Portal
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.req("TEN-06")]

Make = Callable[..., Any]
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
OPERATOR = "help@chargeyard.example"
SCHEMES = [("light", 1440), ("dark", 1440), ("light", 390)]


@pytest.fixture
def console(portal: Portal) -> Iterator[str]:
    """The console's address; what is written there is removed again."""

    def forget() -> None:
        for model in (Dismissal, Reader, Malfunction, DocumentVersion, Document):
            model.objects.all().delete()

    def make() -> None:
        if not User.objects.filter(email=OPERATOR).exists():  # stays, as what refers to it does
            User.objects.create_superuser(OPERATOR, PASSWORD)

    run_in_schema("public", make)
    yield f"http://localhost:{portal.process.port}"
    run_in_schema("public", forget)


def enter(page: Page, console: str) -> None:
    page.set_default_timeout(TIMEOUT_MS)
    page.goto(f"{console}/login/")
    page.fill("input[name=username]", OPERATOR)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda address: "/login/" not in address)


def upload(page: Page, console: str, folder: Path) -> None:
    """Hand out a price sheet as a person does."""
    file = folder / "price sheet.pdf"
    file.write_bytes(PDF)
    page.goto(f"{console}/help/document/add/")
    page.set_input_files("input[name=file]", str(file))
    page.get_by_label("Title").fill("Price sheet 2027")
    page.locator("select[name=category]").select_option("prices")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully").first).to_be_visible()


def tell(page: Page, console: str) -> None:
    """Tell of a malfunction in two languages."""
    page.goto(f"{console}/help/malfunction/add/")
    page.locator("input[name=titles_en]").fill("Mails are late")
    page.locator("summary", has_text="In other languages").first.click()
    page.locator("input[name=titles_de]").fill("Mails sind verspätet")
    page.get_by_label("Mails", exact=True).check()
    page.locator("input[name=began_at_0]").fill("2026-11-24")
    page.locator("input[name=began_at_1]").fill("08:00:00")
    page.locator("textarea[name=text_en]").fill("The mail server does not answer.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully").first).to_be_visible()


def faults(page: Page, addresses: dict[str, str], width: int) -> list[str]:
    """Return what axe objects to on each page, and which pages are too wide."""
    found = []
    for name, address in addresses.items():
        page.goto(address)
        page.wait_for_load_state()
        found += [f"{name}: {fault}" for fault in axe.faults(page)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{name}: wider than {width} pixels")
    return found


def test_operator_when_writing_then_people_read_download_and_put_away(
    portal: Portal, page: Page, browser: Browser, console: str, make_person: Make, tmp_path: Path
) -> None:
    enter(page, console)
    upload(page, console, tmp_path)
    tell(page, console)

    reader = browser.new_context(locale="en-GB").new_page()
    portal.log_in(reader, make_person("reader@example.com"))
    banner = reader.locator(".sh-notice")
    expect(banner).to_contain_text("Mails are late")
    banner.get_by_role("link", name="More").click()
    expect(reader.get_by_text("The mail server does not answer.")).to_be_visible()

    reader.locator(".sh-notice").get_by_role("button").click()
    expect(reader.locator(".sh-notice")).to_have_count(0)

    reader.goto(portal.url("/help/documents/"))
    with reader.expect_download() as download:
        reader.get_by_role("link", name="Download: Price sheet 2027").click()
    assert download.value.suggested_filename == "price sheet.pdf"
    assert Path(download.value.path()).read_bytes() == PDF


def test_public_status_when_the_browser_speaks_german_then_the_text_does_too(
    portal: Portal, page: Page, browser: Browser, console: str
) -> None:
    enter(page, console)
    tell(page, console)

    visitor = browser.new_context(locale="de-DE").new_page()
    visitor.goto(portal.url("/status/"))

    expect(visitor.locator('h2[lang="de"]')).to_have_text("Mails sind verspätet")


def test_answers_when_linked_then_the_browser_goes_there(
    portal: Portal, page: Page, make_person: Make
) -> None:
    portal.log_in(page, make_person("answers@example.com"))
    page.goto(portal.url("/emaid/card/"))
    page.get_by_role("link", name="Help on this page").click()

    expect(page.locator("#cards")).to_be_in_viewport()
    page.goto(portal.url("/help/faq/#block-card"))
    expect(page.get_by_role("heading", name="A card is lost.")).to_be_in_viewport()


@pytest.mark.parametrize("scheme, width", SCHEMES)
def test_help_when_checked_by_axe_then_no_serious_fault_and_nothing_is_cut(
    portal: Portal, page: Page, console: str, make_person: Make, tmp_path: Path,
    scheme: Any, width: int,
) -> None:  # fmt: skip
    page.emulate_media(color_scheme=scheme)
    enter(page, console)
    upload(page, console, tmp_path)
    tell(page, console)
    page.set_viewport_size({"width": width, "height": 900})
    document = run_in_schema("public", Document.objects.get).pk
    malfunction = run_in_schema("public", Malfunction.objects.get).pk
    written = {
        "documents of the console": "/help/document/",
        "new document": "/help/document/add/",
        "document": f"/help/document/{document}/change/",
        "new version": f"/help/document/{document}/version/",
        "malfunctions": "/help/malfunction/",
        "new malfunction": "/help/malfunction/add/",
        "malfunction": f"/help/malfunction/{malfunction}/change/",
        "update": f"/help/malfunction/{malfunction}/update/",
        "status of the console": "/help/status/",
    }
    found = faults(page, {name: console + path for name, path in written.items()}, width)

    portal.log_in(page, make_person("axe-help@example.com", role="admin"))
    read = {
        "banner": "/",
        "answers": "/help/faq/",
        "one answer": "/help/faq/#block-card",
        "no answer": "/help/faq/?q=nothing+of+it",
        "release notes": "/help/releases/",
        "documents": "/help/documents/",
        "no document": "/help/documents/?search=nothing",
        "status": "/help/status/",
        "public status": "/status/",
    }
    found += faults(page, {name: portal.url(path) for name, path in read.items()}, width)

    assert not found, "\n".join(found)
