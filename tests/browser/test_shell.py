"""The frame of the portal in a real browser: log-in, language, brand, menu, accessibility."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from playwright.sync_api import Page, expect

from apps.accounts.models import Location, User
from apps.tenants.context import run_in_schema
from tests.browser import axe
from tests.browser.conftest import Portal
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Make = Callable[..., Any]

BUTTON = "#login-form button[type=submit]"


def background(page: Page, selector: str) -> str:
    return str(
        page.locator(selector).evaluate("element => getComputedStyle(element).backgroundColor")
    )


@pytest.mark.req("ACC-01")
def test_login_when_the_password_is_wrong_then_it_says_so_and_the_right_one_enters(
    portal: Portal, page: Page, make_person: Make
) -> None:
    email = make_person("shell@example.com")
    page.goto(portal.url("/login/"))
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill("not this one")
    page.locator(BUTTON).click()
    expect(page.get_by_role("alert")).to_contain_text("do not match")

    page.get_by_label("Password").fill(PASSWORD)
    page.locator(BUTTON).click()

    expect(page.locator("#nav-sidebar")).to_contain_text("Charging stations")
    expect(page.locator("#nav-sidebar")).not_to_contain_text("Portal users")


@pytest.mark.req("TEN-03")
def test_language_when_chosen_before_and_after_the_log_in_then_kept(
    portal: Portal, page: Page, make_person: Make
) -> None:
    page.goto(portal.url("/login/"))
    page.locator(".sh-login select[name=language]").select_option("de")
    expect(page.locator("html")).to_have_attribute("lang", "de")

    portal.log_in(page, make_person("languages@example.com"))
    page.locator("text=languages@example.com").first.click()
    page.locator("#sh-language-menu").select_option("sv")
    expect(page.locator("html")).to_have_attribute("lang", "sv")
    page.context.clear_cookies()
    portal.log_in(page, "languages@example.com")

    expect(page.locator("html")).to_have_attribute("lang", "sv")


@pytest.mark.req("TEN-02")
def test_brand_when_tenants_differ_then_their_colours_do(portal: Portal, page: Page) -> None:
    seen = {}
    for tenant in ("alpha", "beta"):
        page.goto(portal.url("/login/", tenant))
        seen[tenant] = background(page, BUTTON)
        expect(page.get_by_role("heading")).to_have_text(tenant.title())

    assert seen["alpha"] != seen["beta"]


@pytest.mark.req("ACC-03")
def test_search_when_a_site_is_typed_then_one_gets_there_by_keyboard(
    portal: Portal, page: Page, make_person: Make
) -> None:
    run_in_schema("alpha", lambda: Location.objects.get_or_create(name="Harbour basin"))
    portal.log_in(page, make_person("search@example.com"))
    page.keyboard.press("Control+k")
    page.locator("#search-input-command").press_sequentially("harbour")
    expect(page.locator("#command-results-list")).to_contain_text("Harbour basin")
    assert not axe.faults(page)

    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/accounts/location/"))


@pytest.mark.req("ACC-01")
def test_menu_when_used_by_keyboard_then_one_logs_out(
    portal: Portal, page: Page, make_person: Make
) -> None:
    portal.log_in(page, make_person("keys@example.com"))
    menu = page.locator("#nav-sidebar [role=button]", has_text="keys@example.com")
    menu.focus()
    page.keyboard.press("Enter")
    log_out = page.locator("#logout-form button")
    expect(log_out).to_be_visible()  # hidden it takes no focus: the next key would meet the menu
    log_out.focus()
    page.keyboard.press("Enter")
    expect(page.locator(BUTTON)).to_be_visible()

    page.goto(portal.url("/"))
    expect(page).to_have_url(re.compile("/login/"))


def pages_of_the_shell() -> dict[str, str]:
    """Return pages by name; ids are of rows that exist."""

    def find() -> dict[str, str]:
        location, _made = Location.objects.get_or_create(name="Harbour basin")
        user = User.objects.filter(groups__name="Admin").order_by("pk").first()
        group = Group.objects.get(name="Operator")
        return {
            "first page": "/",
            "users": "/accounts/user/",
            "user": f"/accounts/user/{user.pk}/change/" if user else "/accounts/user/",
            "new user": "/accounts/user/add/",
            "groups": "/auth/group/",
            "group": f"/auth/group/{group.pk}/change/",
            "new group": "/auth/group/add/",
            "locations": "/accounts/location/",
            "location": f"/accounts/location/{location.pk}/change/",
            "history": f"/accounts/location/{location.pk}/history/",
            "export": "/accounts/location/export/",
            "import": "/accounts/location/import/",
            "branding": "/branding/",
            "own password": "/password_change/",
            "stations": "/infrastructure/station/",
            "charge points": "/infrastructure/chargepoint/",
            "activations": "/charge_records/activation/",
            "records": "/charge_records/chargerecord/",
            "messages": "/ocpp/messageexchange/",
            "cards": "/emaid/card/",
            "answers": "/help/faq/",
            "release notes": "/help/releases/",
            "documents": "/help/documents/",
            "status": "/help/status/",
            "public status": "/status/",
        }

    return run_in_schema("alpha", find)


@pytest.mark.req("TEN-02")
@pytest.mark.parametrize("scheme, width", [("light", 1440), ("dark", 1440), ("light", 390)])
def test_pages_when_checked_by_axe_then_no_serious_fault_and_nothing_is_cut(
    portal: Portal, page: Page, make_person: Make, scheme: Any, width: int
) -> None:
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(f"script: {error}"))
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(portal.url("/login/"))
    failures += [f"log-in: {fault}" for fault in axe.faults(page)]
    portal.log_in(page, make_person("axe@example.com", role="admin"))
    make_person("second@example.com", role="admin")

    for name, path in pages_of_the_shell().items():
        page.goto(portal.url(path))
        page.wait_for_load_state()
        failures += [f"{name}: {fault}" for fault in axe.faults(page)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            failures.append(f"{name}: wider than {width} pixels")

    assert not failures, "\n".join(failures)
