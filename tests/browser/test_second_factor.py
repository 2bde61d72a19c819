"""Second factors as people meet them; passkeys are those of Chromium's virtual authenticator."""

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from apps.accounts.models import Location, User
from apps.tenants.context import run_in_schema
from apps.tenants.models import Tenant
from tests.browser import axe, test_people
from tests.browser.conftest import TIMEOUT_MS, Portal
from tests.browser.test_people import link_in, log_in, set_password
from tests.conftest import PASSWORD
from tests.factories.factors import code_now, give_app

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.req("ACC-08")]

Make = Callable[..., Any]

MAILS = Path(tempfile.mkdtemp(prefix="factor-mails-"))
PORTAL_ENVIRONMENT = {
    "TEST_EMAIL_BACKEND": "apps.notifications.backends.MailFolder",
    "TEST_MAIL_FOLDER": str(MAILS),
}
NEW = "four words make it"
SECURITY = "/account/security/"
SHOTS = os.environ.get("SCREENSHOTS", "")
"""A folder: the pages are pictured there while they are checked."""


@pytest.fixture(autouse=True)
def own_mails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_people, "MAILS", MAILS)


def add_authenticator(page: Page) -> Any:
    """Give the page's browser a platform authenticator that unlocks by itself."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    added = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, added["authenticatorId"]


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    contexts = []

    def make(**options: Any) -> Page:
        contexts.append(browser.new_context(locale="en-GB", **options))
        page = contexts[-1].new_page()
        page.set_default_timeout(TIMEOUT_MS)
        return page

    yield make
    for context in contexts:
        context.close()


def recovery_codes(page: Page) -> Any:
    return page.get_by_role("list", name="Recovery codes").get_by_role("listitem")


def log_out(page: Page, portal: Portal) -> None:
    page.context.clear_cookies()
    page.goto(portal.url("/login/"))


def test_passkey_when_added_then_logs_in_alone_and_after_the_password(
    portal: Portal, new_page: Make, make_person: Make
) -> None:
    email, page = make_person("passkey@example.com", role="admin"), new_page()
    session, authenticator = add_authenticator(page)
    portal.log_in(page, email)

    # She adds a passkey; the recovery codes come with it.
    page.goto(portal.url(SECURITY))
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Laptop at work")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("The passkey is added.")).to_be_visible()
    expect(recovery_codes(page)).to_have_count(10)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "recovery-codes.txt"
    page.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_text("Laptop at work").first).to_be_visible()
    expect(page.get_by_text("not used yet")).to_be_visible()

    # The passkey alone.
    log_out(page, portal)
    page.get_by_role("button", name="Log in with a passkey").click()
    page.wait_for_url(portal.url("/"))
    page.goto(portal.url(SECURITY))
    expect(page.get_by_text("last used")).to_be_visible()

    # The password, and the passkey as the second step.
    log_out(page, portal)
    log_in(page, portal, email, PASSWORD)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(portal.url("/"))

    # Without the device the page says so, and nobody is in.
    log_out(page, portal)
    nobody = {"authenticatorId": authenticator, "isUserVerified": False}
    session.send("WebAuthn.setUserVerified", nobody)
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("The passkey was not used")
    page.goto(portal.url("/"))
    expect(page.get_by_role("button", name="Log in", exact=True)).to_be_visible()


def test_passkey_when_renamed_and_removed_then_the_password_is_enough(
    portal: Portal, new_page: Make, make_person: Make
) -> None:
    email, page = make_person("renamer@example.com"), new_page()
    add_authenticator(page)
    portal.log_in(page, email)
    page.goto(portal.url(f"{SECURITY}passkeys/add/"))
    page.get_by_label("Name").fill("First")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("button", name="I have kept them").click()

    # The same device is told that it is known.
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Again")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("has a passkey for your account already")

    page.goto(portal.url(SECURITY))
    page.get_by_role("link", name="Rename").click()
    page.get_by_label("Name").fill("Second")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".cy-strong", has_text="Second")).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("You have no passkey.")).to_be_visible()
    log_out(page, portal)
    log_in(page, portal, email, PASSWORD)
    page.wait_for_url(portal.url("/"))


@pytest.mark.req("ACC-01", "ACC-03", "ACC-05")
def test_user_when_invited_then_sets_up_a_factor_logs_in_with_it_is_locked_and_unlocked(
    portal: Portal, new_page: Make, make_person: Make, make_station: Make
) -> None:
    """One way through: invite, password, factor, log-in, own location only, lock, unlock."""

    def make_sites() -> tuple[str, str]:
        own, foreign = make_station(), make_station()
        Location.objects.filter(pk=own.location_id).update(name="Quay of hers")
        Location.objects.filter(pk=foreign.location_id).update(name="Depot of others")
        return own.charge_box_id, foreign.charge_box_id

    own, foreign = run_in_schema("alpha", make_sites)
    admin, email = make_person("chief@example.com", role="admin"), "grace@example.com"

    # The admin invites her to one location.
    boss = new_page()
    portal.log_in(boss, admin)
    boss.goto(portal.url("/accounts/user/add/"))
    boss.get_by_label("E-mail").fill(email)
    boss.get_by_label("Operator").check()
    boss.get_by_text("Limited to locations", exact=True).click()
    boss.get_by_label("Quay of hers").check()
    boss.get_by_role("button", name="Save", exact=True).click()
    expect(boss.get_by_text(f"An invitation is on its way to {email}.")).to_be_visible()

    # She sets a password, logs in and sets up an authenticator app.
    hers = new_page()
    hers.goto(link_in(test_people.mails_to(email)[0]))
    set_password(hers, NEW)
    log_in(hers, portal, email, NEW)
    hers.goto(portal.url(SECURITY))
    hers.get_by_role("link", name="Set up an authenticator app").click()
    secret = hers.locator("#app-key").inner_text().replace(" ", "")
    expect(hers.get_by_alt_text("QR code")).to_be_visible()
    hers.get_by_label("Code").fill("000000")
    hers.get_by_role("button", name="Set up").click()
    expect(hers.get_by_text("The code is wrong or was used already.")).to_be_visible()
    hers.get_by_label("Code").fill(code_now(secret))
    hers.get_by_role("button", name="Set up").click()
    expect(hers.get_by_text("The authenticator app is set up.")).to_be_visible()
    codes = recovery_codes(hers).all_inner_texts()
    hers.get_by_role("button", name="I have kept them").click()
    assert test_people.mails_to(email)[-1].subject == "Second factor added: Authenticator app"

    # She logs in with it; a code works once.
    log_out(hers, portal)
    log_in(hers, portal, email, NEW)
    expect(hers.get_by_role("heading", name="Second step")).to_be_visible()
    used = code_now(secret, later=1)
    hers.get_by_label("Code").fill(used)
    hers.get_by_role("button", name="Log in", exact=True).click()
    hers.wait_for_url(portal.url("/"))

    # She sees her own location, and nothing of the other.
    hers.goto(portal.url("/infrastructure/station/"))
    expect(hers.get_by_text(own).first).to_be_visible()
    expect(hers.get_by_text(foreign)).to_have_count(0)

    # A stranger who knows the password replays the code, guesses on and locks her.
    stranger = new_page()
    log_in(stranger, portal, email, NEW)
    stranger.goto(portal.url("/infrastructure/station/"))
    expect(stranger.get_by_role("button", name="Log in", exact=True)).to_be_visible()
    log_in(stranger, portal, email, NEW)
    for _attempt in range(10):
        stranger.get_by_label("Code").fill(used)
        stranger.get_by_role("button", name="Log in", exact=True).click()
        stranger.wait_for_load_state()
    expect(stranger.get_by_role("heading", name="Account locked")).to_be_visible()
    log_in(stranger, portal, email, NEW)
    expect(stranger.get_by_role("heading", name="Account locked")).to_be_visible()

    # The admin comes by the link of the mail, sees the factor, and unlocks her.
    boss.goto(re.search(r"http://\S+/change/", test_people.mails_to(admin)[-1].text)[0])  # type: ignore[index]
    expect(boss.get_by_text("Authenticator app, 10 recovery codes left")).to_be_visible()
    boss.get_by_role("button", name="Unlock").click()
    expect(boss.get_by_text(f"{email} is unlocked.")).to_be_visible()

    # She is in again, by a recovery code this time.
    log_out(hers, portal)
    log_in(hers, portal, email, NEW)
    hers.get_by_label("Code").fill(codes[0])
    hers.get_by_role("button", name="Log in", exact=True).click()
    hers.wait_for_url(portal.url("/"))
    hers.goto(portal.url(SECURITY))
    expect(hers.get_by_text("9 codes are left.")).to_be_visible()


def test_rule_when_set_then_the_next_log_in_leads_to_the_set_up(
    portal: Portal, new_page: Make, make_person: Make
) -> None:
    admin, email = make_person("ruler@example.com", role="admin"), make_person("ruled@example.com")
    secret = run_in_schema("alpha", lambda: give_app(User.objects.get(email=admin)))
    boss, page = new_page(), new_page()
    add_authenticator(page)
    log_in(boss, portal, admin, PASSWORD)
    boss.get_by_label("Code").fill(code_now(secret))
    boss.get_by_role("button", name="Log in", exact=True).click()
    boss.wait_for_url(portal.url("/"))
    boss.goto(portal.url("/second-factor/"))
    boss.get_by_text("Everybody needs a second factor", exact=True).click()
    try:
        boss.get_by_role("button", name="Save").click()
        expect(boss.get_by_text("The rule was saved.")).to_be_visible()

        portal.log_in(page, email)
        expect(page.get_by_text("Everybody here needs a second factor.")).to_be_visible()
        expect(page.get_by_role("link", name="Charging stations")).to_have_count(0)
        assert not axe.faults(page)
        page.goto(portal.url("/infrastructure/station/"))
        expect(page).to_have_url(portal.url(SECURITY))
        page.get_by_role("link", name="Add a passkey").click()
        page.get_by_label("Name").fill("Phone")
        page.get_by_role("button", name="Add a passkey").click()
        page.get_by_role("button", name="I have kept them").click()
        page.goto(portal.url("/infrastructure/station/"))
        expect(page).to_have_url(portal.url("/infrastructure/station/"))
    finally:
        rows = Tenant.objects.filter(schema_name="alpha")
        run_in_schema("public", rows.update, requires_second_factor=False)


@pytest.mark.req("TEN-02")
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_when_checked_then_no_serious_fault_and_nothing_is_cut(
    portal: Portal, new_page: Make, make_person: Make, scheme: Any, width: int
) -> None:
    email = make_person(f"looker-{scheme}-{width}@example.com", role="admin")
    page = new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
    add_authenticator(page)

    def check(name: str) -> None:
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{name}-{scheme}-{width}.png", full_page=True)
        assert not axe.faults(page), name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name

    page.goto(portal.url("/login/"))
    expect(page.get_by_role("button", name="Log in with a passkey")).to_be_visible()
    check("login")
    portal.log_in(page, email)
    page.goto(portal.url(SECURITY))
    check("security-none")
    page.goto(portal.url(f"{SECURITY}app/"))
    check("app")
    page.goto(portal.url(f"{SECURITY}passkeys/add/"))
    check("passkey")
    page.get_by_label("Name").fill("Laptop with a rather long name at work")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("button", name="I have kept them")).to_be_visible()
    check("codes")
    page.get_by_role("button", name="I have kept them").click()
    check("security")
    page.goto(portal.url(f"{SECURITY}recovery-codes/"))
    check("codes-kept")
    page.goto(portal.url("/account/confirm/"))
    check("confirm")
    page.goto(portal.url("/second-factor/"))
    check("rule")
    page.goto(portal.url("/accounts/user/"))
    check("users")
    log_out(page, portal)
    log_in(page, portal, email, PASSWORD)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    check("second-step")
    page.get_by_label("Recovery code").fill("123456")
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_role("alert").first).to_contain_text("Recovery code: The code is wrong")
    check("second-step-wrong")
