"""The console in a real browser: every page for everybody, on a phone too (TEN-05)."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.tenants.context import run_in_schema
from apps.tenants.models import BookedProduct, ChargeBoxRoute, Tenant
from tests.browser import axe
from tests.browser.conftest import TIMEOUT_MS, Portal
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.req("TEN-05")]

Make = Callable[..., Any]
OPERATOR = "pages@chargeyard.example"
SCHEMES = [("light", 1440), ("dark", 1440), ("light", 390)]


@pytest.fixture
def console(portal: Portal) -> str:
    """The console's address, with an operator."""

    def make() -> None:
        if not User.objects.filter(email=OPERATOR).exists():  # stays, as what refers to it does
            User.objects.create_superuser(OPERATOR, PASSWORD)

    run_in_schema("public", make)
    return f"http://localhost:{portal.process.port}"


def enter(page: Page, console: str) -> None:
    page.set_default_timeout(TIMEOUT_MS)
    page.goto(f"{console}/login/")
    page.fill("input[name=username]", OPERATOR)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda address: "/login/" not in address)


def pages(tenant: Tenant, route: ChargeBoxRoute) -> list[str]:
    """Return the addresses of the console's pages about tenants and stations."""
    about, station = f"/tenants/tenant/{tenant.pk}/", f"/tenants/chargeboxroute/{route.pk}/"
    booking = BookedProduct.objects.filter(tenant=tenant).latest("pk")
    return [
        "/",
        "/tenants/tenant/",
        "/tenants/tenant/add/",
        *(f"{about}{name}/" for name in ("change", "people", "support", "archive", "deletion")),
        f"{about}history/",
        "/tenants/host/",
        f"/tenants/host/{tenant.domains.latest('pk').pk}/change/",
        "/tenants/brand/",
        f"/tenants/brand/{tenant.brand.pk}/change/",
        "/tenants/bookedproduct/",
        "/tenants/bookedproduct/add/",
        f"/tenants/bookedproduct/{booking.pk}/change/",
        "/tenants/gatewayprocess/",
        "/tenants/chargeboxroute/",
        *(f"{station}{name}/" for name in ("ids", "modes", "remove")),
        "/accounts/user/",
        "/accounts/user/add/",
        "/audit/entry/",
    ]


@pytest.mark.parametrize("scheme, width", SCHEMES)
def test_pages_when_checked_by_axe_then_no_serious_fault_and_nothing_is_cut(
    page: Page, console: str, make_person: Make, make_station: Make, scheme: Any, width: int
) -> None:
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(f"script: {error}"))
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    make_person("first@alpha.example", role="admin")
    station_pk = run_in_schema("alpha", lambda: make_station().pk)
    route = run_in_schema("public", ChargeBoxRoute.objects.get, station_pk=station_pk)
    addresses = run_in_schema("public", lambda: pages(Tenant.objects.get(name="Alpha"), route))
    enter(page, console)

    for path in addresses:
        answer = page.goto(f"{console}{path}")
        page.wait_for_load_state()
        if answer is None or answer.status != 200:
            failures.append(f"{path}: answers {answer and answer.status}")
        failures += [f"{path}: {fault}" for fault in axe.faults(page)]
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            failures.append(f"{path}: {wide} px wide")
    assert not failures, "\n".join(failures)


def test_mode_when_the_operator_changes_it_then_the_field_tells_of_a_connector_that_does_not_fit(
    page: Page, console: str, make_station: Make
) -> None:
    station_pk = run_in_schema("alpha", lambda: make_station("MODE-BROWSER").pk)
    route = run_in_schema("public", ChargeBoxRoute.objects.get, station_pk=station_pk)
    enter(page, console)
    page.goto(f"{console}/tenants/chargeboxroute/{route.pk}/ids/")
    page.get_by_role("link", name="Charging modes").click()

    page.get_by_label("Charging mode of MODE-BROWSER-1").select_option("4")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("A connector of type Type 2 cannot be there")).to_be_visible()
    page.get_by_label("Type of connector 1").select_option("ccs2")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("The charging modes were changed.")).to_be_visible()
