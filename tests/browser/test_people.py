"""From the invitation to the unlocked account, as the people concerned see it (ACC-01..06)."""

import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from apps.accounts.models import Location
from apps.notifications.folder import FiledMail, read
from apps.tenants.context import run_in_schema
from tests.browser import axe
from tests.browser.conftest import TIMEOUT_MS, Portal

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Make = Callable[..., Any]

MAILS = Path(tempfile.mkdtemp(prefix="people-mails-"))
PORTAL_ENVIRONMENT = {
    "TEST_EMAIL_BACKEND": "apps.notifications.backends.MailFolder",
    "TEST_MAIL_FOLDER": str(MAILS),
}
NEW = "four words make it"


def mails_to(email: str) -> list[FiledMail]:
    mails = [read(path) for path in sorted(MAILS.glob("*.eml"))]
    return [mail for mail in mails if mail.recipient == email]


def link_in(mail: FiledMail) -> str:
    found = re.search(r"http://\S+/(?:welcome|new-password)/\S+", mail.text)
    assert found, mail.text
    return found[0]


def log_in(page: Page, portal: Portal, email: str, password: str) -> None:
    page.goto(portal.url("/login/"))
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.locator("#login-form button[type=submit]").click()


def set_password(page: Page, password: str) -> None:
    page.get_by_label("Password", exact=False).first.fill(password)
    page.get_by_label("Password again").fill(password)
    page.get_by_role("button", name="Set password").click()


@pytest.mark.req("ACC-01", "ACC-03", "ACC-05")
def test_user_when_invited_then_sets_a_password_sees_the_own_location_is_locked_and_unlocked(
    portal: Portal, page: Page, browser: Browser, make_person: Make, make_station: Make
) -> None:
    def make_sites() -> tuple[str, str, int]:
        own, foreign = make_station(), make_station()
        Location.objects.filter(pk=own.location_id).update(name="Harbour of hers")
        Location.objects.filter(pk=foreign.location_id).update(name="Airport of others")
        return own.charge_box_id, foreign.charge_box_id, own.location_id

    own, foreign, _location = run_in_schema("alpha", make_sites)
    admin, email = make_person("boss@example.com", role="admin"), "ada@example.com"

    # The admin invites her to one location.
    portal.log_in(page, admin)
    page.goto(portal.url("/accounts/user/add/"))
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Operator").check()
    page.get_by_text("Limited to locations", exact=True).click()
    page.get_by_label("Harbour of hers").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text(f"An invitation is on its way to {email}.")).to_be_visible()
    expect(page.get_by_text("Invited; the link works until")).to_be_visible()

    # She follows the link, sets a password and logs in.
    hers = browser.new_context(locale="en-GB").new_page()
    hers.set_default_timeout(TIMEOUT_MS)
    hers.goto(link_in(mails_to(email)[0]))
    expect(hers.get_by_role("heading", name="Welcome to Alpha")).to_be_visible()
    assert not axe.faults(hers)
    set_password(hers, "password1")
    expect(hers.get_by_role("alert")).to_contain_text("too short")
    set_password(hers, NEW)
    expect(hers.get_by_text("Your password is set. Log in with it.")).to_be_visible()
    log_in(hers, portal, email, NEW)

    # She sees her own location, and nothing of the other.
    hers.goto(portal.url("/infrastructure/station/"))
    expect(hers.get_by_text(own).first).to_be_visible()
    expect(hers.get_by_text(foreign)).to_have_count(0)
    hers.goto(portal.url("/accounts/location/"))
    expect(hers.get_by_text("Harbour of hers").first).to_be_visible()
    expect(hers.get_by_text("Airport of others")).to_have_count(0)
    expect(hers.get_by_text("Portal users")).to_have_count(0)

    # Ten wrong passwords lock her out; both are told.
    stranger = browser.new_context(locale="en-GB").new_page()
    stranger.set_default_timeout(TIMEOUT_MS)
    for _attempt in range(10):
        log_in(stranger, portal, email, "not the right one")
    expect(stranger.get_by_role("heading", name="Account locked")).to_be_visible()
    log_in(stranger, portal, email, NEW)
    expect(stranger.get_by_role("heading", name="Account locked")).to_be_visible()
    assert mails_to(email)[-1].subject == "Your account is locked"

    # The admin comes by the link of the mail and unlocks her.
    page.goto(re.search(r"http://\S+/change/", mails_to(admin)[-1].text)[0])  # type: ignore[index]
    expect(page.get_by_text("Locked", exact=True)).to_be_visible()
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_text(f"{email} is unlocked.")).to_be_visible()
    log_in(stranger, portal, email, NEW)
    stranger.wait_for_url(lambda address: "/login/" not in address)


@pytest.mark.req("ACC-06")
def test_password_when_forgotten_then_a_mail_leads_to_a_new_one(
    portal: Portal, page: Page, make_person: Make
) -> None:
    email = make_person("forgetful@example.com")
    page.goto(portal.url("/login/"))
    page.get_by_role("link", name="Forgotten password?").click()
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Send link").click()
    expect(page.get_by_role("heading", name="Look into your mailbox")).to_be_visible()

    page.goto(link_in(mails_to(email)[0]))
    set_password(page, NEW)
    log_in(page, portal, email, NEW)

    page.wait_for_url(lambda address: "/login/" not in address)


@pytest.mark.req("ACC-06", "TEN-02")
@pytest.mark.parametrize("scheme, width", [("light", 1280), ("dark", 1280), ("light", 390)])
def test_pages_without_a_log_in_when_checked_then_no_serious_fault_and_nothing_is_cut(
    portal: Portal, page: Page, scheme: Any, width: int
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    for path in ("/forgotten-password/", "/forgotten-password/sent/", "/welcome/x/"):
        page.goto(portal.url(path))
        assert not axe.faults(page), path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
