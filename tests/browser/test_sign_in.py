"""Single sign-on, signed-in places and the end of a session, as their people see them (ACC-08)."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from apps.accounts.models import ExternalIdentity, IdentityProvider, SignedInPlace
from apps.accounts.services.oidc import PURPOSE
from apps.core.sealing import seal
from apps.tenants.context import run_in_schema
from tests.accounts.oidc_provider import CLIENT_ID, SECRET, Provider
from tests.browser import axe
from tests.browser.conftest import TIMEOUT_MS, Portal

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.req("ACC-08")]

Make = Callable[..., Any]


def in_alpha(function: Callable[..., Any], *args: Any) -> Any:
    return run_in_schema("alpha", function, *args)


def forget_all() -> None:
    """Begin without what an earlier test of the module left."""
    IdentityProvider.objects.all().delete()
    ExternalIdentity.objects.all().delete()
    Session.objects.all().delete()
    SignedInPlace.objects.all().delete()


@pytest.fixture(autouse=True)
def clean(portal: Portal) -> None:
    in_alpha(forget_all)


def let_end_in(seconds: float) -> None:
    """Let every session of the tenant end so soon."""
    ends_at = timezone.now() + timedelta(seconds=seconds)
    for session in Session.objects.all():
        store = session.get_session_store_class()(session.session_key)
        store.set_expiry(ends_at)
        store.save()
    SignedInPlace.objects.update(ends_at=ends_at)


def register(oidc: Provider, **fields: Any) -> int:
    row = IdentityProvider.objects.create(
        button_label="Works account",
        issuer=oidc.issuer,
        client_id=CLIENT_ID,
        client_secret_sealed=seal(SECRET, PURPOSE),
        **fields,
    )
    return int(row.pk)


def new_page(browser: Browser, **options: Any) -> Page:
    page = browser.new_context(locale="en-GB", **options).new_page()
    page.set_default_timeout(TIMEOUT_MS)
    return page


def test_button_when_clicked_then_signed_in_by_the_provider_and_out_again(
    portal: Portal, page: Page, make_person: Make
) -> None:
    make_person("ada@example.com")
    with Provider() as oidc:
        oidc.person = {"sub": "s-1", "email": "ada@example.com", "email_verified": True}
        oidc.asks = True
        in_alpha(register, oidc)
        page.set_default_timeout(TIMEOUT_MS)
        page.goto(portal.url("/account/places/"))
        assert not axe.faults(page)
        page.get_by_role("link", name="Log in with Works account").click()
        page.get_by_role("link", name="Go on as Ada").click()

        page.wait_for_url("**/account/places/")
        expect(page.get_by_role("cell", name="Single sign-on")).to_be_visible()
        expect(page.get_by_text(re.compile("Chrome on"))).to_be_visible()

        page.evaluate("document.getElementById('logout-form').submit()")
        expect(page.get_by_role("heading", name="You are logged out")).to_be_visible()
        assert not axe.faults(page)
        page.get_by_role("link", name="Log out there, too").click()
        expect(page.get_by_role("heading", name="Logged out everywhere")).to_be_visible()
        assert "/log-out" in oidc.asked


def test_button_when_the_provider_knows_somebody_else_then_words_that_tell_nothing(
    portal: Portal, page: Page, make_person: Make
) -> None:
    make_person("ada@example.com")
    with Provider() as oidc:
        oidc.person = {"sub": "s-9", "email": "eve@example.com", "email_verified": True}
        in_alpha(register, oidc)
        page.goto(portal.url("/login/"))
        page.get_by_role("link", name="Log in with Works account").click()

        expect(page.get_by_role("heading", name="The log-in did not work")).to_be_visible()
        assert not axe.faults(page)


def test_session_when_it_ends_soon_then_a_warning_and_it_goes_on(
    portal: Portal, page: Page, make_person: Make
) -> None:
    portal.log_in(page, make_person("ben@example.com"))
    in_alpha(let_end_in, 60)
    page.goto(portal.url("/account/places/"))

    dialog = page.get_by_role("dialog", name="Your session ends soon")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("timer")).to_have_text(re.compile(r"0:[345]\d"))
    assert not axe.faults(page)
    button = dialog.get_by_role("button", name="Stay signed in")
    button.click()

    expect(dialog).not_to_be_visible()
    ends = in_alpha(lambda: Session.objects.get().expire_date)
    assert ends > timezone.now() + timedelta(hours=7)


def test_session_when_one_tab_goes_on_then_the_other_tab_warns_no_more(
    portal: Portal, page: Page, make_person: Make
) -> None:
    portal.log_in(page, make_person("cleo@example.com"))
    in_alpha(let_end_in, 60)
    page.goto(portal.url("/account/places/"))
    other = page.context.new_page()
    other.goto(portal.url("/"))
    for tab in (page, other):
        expect(tab.get_by_role("dialog", name="Your session ends soon")).to_be_visible()

    page.get_by_role("button", name="Stay signed in").click()

    for tab in (page, other):
        expect(tab.get_by_role("dialog")).not_to_be_visible()


def test_session_when_it_is_over_then_what_was_typed_stays_until_logged_in_again(
    portal: Portal, page: Page, make_person: Make
) -> None:
    email = make_person("dan@example.com", role="admin")
    portal.log_in(page, email)
    page.goto(portal.url("/session-times/"))
    page.get_by_label("minutes without activity", exact=False).fill("47")
    in_alpha(let_end_in, 0)
    page.evaluate("document.dispatchEvent(new CustomEvent('session-over'))")

    dialog = page.get_by_role("dialog", name="Your session has ended")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("What you typed is still on this page.")
    assert not axe.faults(page)
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Go on here").click()
    expect(dialog).to_contain_text("You are not logged in yet.")

    with page.context.expect_page() as opened:
        dialog.get_by_role("link", name="Log in in a new tab").click()
    tab = opened.value
    tab.fill("input[name=username]", email)
    tab.fill("input[name=password]", "correct horse battery")
    tab.press("input[name=password]", "Enter")
    tab.wait_for_url("**/session-times/")

    expect(dialog).not_to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The session times were saved.")).to_be_visible()
    expect(page.get_by_label("minutes without activity", exact=False)).to_have_value("47")


def test_session_when_it_is_over_and_nothing_was_typed_then_to_the_log_in_and_back(
    portal: Portal, page: Page, make_person: Make
) -> None:
    email = make_person("eva@example.com")
    portal.log_in(page, email)
    page.goto(portal.url("/account/places/"))
    in_alpha(let_end_in, 4)
    page.reload()

    dialog = page.get_by_role("dialog", name="Your session has ended")
    expect(dialog).to_be_visible()
    dialog.get_by_role("link", name="Log in", exact=True).click()
    page.fill("input[name=username]", email)
    page.fill("input[name=password]", "correct horse battery")
    page.press("input[name=password]", "Enter")

    page.wait_for_url("**/account/places/")


def test_session_when_ended_elsewhere_then_a_live_page_says_so_at_once(
    portal: Portal, page: Page, browser: Browser, make_person: Make
) -> None:
    email = make_person("fay@example.com")
    portal.log_in(page, email)
    page.goto(portal.url("/"))
    expect(page.locator("[data-live-mark][data-state=live]").first).to_be_visible()
    elsewhere = new_page(browser)
    portal.log_in(elsewhere, email)
    elsewhere.goto(portal.url("/account/places/"))
    elsewhere.on("dialog", lambda question: question.accept())

    elsewhere.get_by_role("button", name="End all other sessions").click()

    expect(elsewhere.get_by_text("You are signed in here only.")).to_be_visible()
    expect(page.get_by_role("dialog", name="Your session has ended")).to_be_visible()


def test_pages_when_looked_at_in_any_light_then_no_fault_of_access(
    portal: Portal, browser: Browser, page: Page, make_person: Make
) -> None:
    email = make_person("gil@example.com", role="admin")
    person = make_person("hal@example.com")
    portal.log_in(new_page(browser), person)
    with Provider() as oidc:
        number = in_alpha(register, oidc)
        user_id = in_alpha(lambda: SignedInPlace.objects.get().user_id)
        for scheme, width in (("light", 1440), ("dark", 1440), ("light", 390), ("dark", 390)):
            tab = new_page(browser, color_scheme=scheme, viewport={"width": width, "height": 844})
            portal.log_in(tab, email)
            for path in (
                "/account/places/", "/session-times/", "/accounts/identityprovider/",
                "/accounts/identityprovider/add/",
                f"/accounts/identityprovider/{number}/change/",
                f"/accounts/user/{user_id}/change/",
            ):  # fmt: skip
                tab.goto(portal.url(path))
                tab.wait_for_load_state("networkidle")
                if scheme == "dark":
                    assert tab.evaluate("document.documentElement.classList.contains('dark')")
                assert not axe.faults(tab), (scheme, width, path)
                assert tab.evaluate("document.documentElement.scrollWidth") <= width, (width, path)
            tab.goto(portal.url(f"/accounts/identityprovider/{number}/change/"))
            tab.get_by_role("button", name="Try it").click()
            expect(tab.get_by_text("The provider answers and describes itself.")).to_be_visible()
            assert not axe.faults(tab)
            tab.context.close()
