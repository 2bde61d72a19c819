"""A brand in a browser: tried out before it is saved, the same in every process afterwards."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from apps.core.schemas import run_in_schema
from apps.tenants.models import Brand
from tests.browser import axe
from tests.browser.conftest import Portal
from tests.ocpp.gateway.servers import GatewayProcess
from tests.tenants.pixels import png

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.req("TEN-02")]

Make = Callable[..., str]

RED = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="90" height="30">'
    b'<rect width="90" height="30" fill="red"/><script>document.title="evil"</script></svg>'
)


@pytest.fixture(autouse=True)
def brand_as_before(portal: Portal) -> Any:
    """Put the brand back: rows of the public schema outlive the test."""
    kept = run_in_schema("public", lambda: Brand.objects.get(tenant__schema_name="alpha"))
    yield
    run_in_schema("public", kept.save)


def file(name: str, content: bytes) -> Any:
    kind = {"svg": "image/svg+xml", "png": "image/png", "ico": "image/x-icon"}
    return {"name": name, "mimeType": kind[name.rpartition(".")[2]], "buffer": content}


def colour(page: Page, selector: str, side: str = "backgroundColor") -> str:
    style = f"element => getComputedStyle(element).{side}"
    return str(page.locator(selector).first.evaluate(style))


def shown(page: Page, selector: str) -> bool:
    """Say whether an image stands there and could be drawn."""
    image = page.locator(selector).first
    expect(image).to_be_visible()
    return bool(
        image.evaluate("async image => { await image.decode(); return image.naturalWidth; }")
    )


def test_branding_when_changed_then_seen_light_and_dark_before_it_is_saved(
    portal: Portal, page: Page, make_person: Make
) -> None:
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.on("console", lambda m: failures.append(m.text) if m.type == "error" else None)
    portal.log_in(page, make_person("brander@example.com", role="admin"))
    page.goto(portal.url("/branding/"))
    light, dark = "[data-pane=light]", "[data-pane=dark]"
    before = {pane: colour(page, f"{pane} .sh-primary") for pane in (light, dark)}

    page.locator("[data-hue]").fill("30")
    page.locator("[data-brand-name]").fill("Sunny Charge")
    page.locator("[data-brand-sender]").fill("Sunny Mail")
    page.locator("[data-brand-file=logo]").set_input_files(file("a.svg", RED))
    page.locator("[data-brand-file=favicon]").set_input_files(file("a.png", png()))

    for pane in (light, dark):
        assert colour(page, f"{pane} .sh-primary") != before[pane]
        expect(page.locator(f"{pane} .sh-pane-tab")).to_contain_text("Sunny Charge")
        assert shown(page, f"{pane} [data-preview-logo] img")
        assert shown(page, f"{pane} .sh-pane-tab [data-preview-mark]")
    assert colour(page, light) != colour(page, dark)
    expect(page.locator(f"{dark} .sh-plate")).to_be_visible()
    expect(page.locator("[data-preview-sender]")).to_have_text("Sunny Mail")
    page.locator("[data-brand-file=logo_dark]").set_input_files(file("b.svg", RED))
    expect(page.locator(f"{dark} .sh-plate")).to_have_count(0)
    assert not axe.faults(page)
    assert (
        run_in_schema("public", lambda: Brand.objects.get(tenant__schema_name="alpha").hue) == 210
    )
    assert not failures


def test_branding_when_saved_then_the_log_in_and_the_tab_show_it_and_nothing_ran(
    portal: Portal, page: Page, make_person: Make
) -> None:
    portal.log_in(page, make_person("brander@example.com", role="admin"))
    page.goto(portal.url("/branding/"))
    page.locator("[data-brand-file=logo]").set_input_files(file("a.svg", RED))
    page.locator("[data-brand-file=favicon]").set_input_files(file("a.svg", RED))
    page.locator(".sh-buttons .sh-primary").click()
    expect(page.get_by_text("taken out of the drawing: scripts").first).to_be_visible()

    page.context.clear_cookies()
    page.goto(portal.url("/login/"))

    assert shown(page, ".sh-login .sh-logo img")
    icon = page.locator("link[rel=icon]").first.get_attribute("href")
    answer = page.goto(portal.url(str(icon)))
    assert answer is not None
    assert answer.headers["content-type"] == "image/svg+xml"
    assert b"script" not in answer.body()
    assert page.title() != "evil"


def test_brand_when_changed_in_one_process_then_the_next_request_to_another_shows_it(
    portal: Portal, page: Page, make_person: Make, tmp_path: Any
) -> None:
    with GatewayProcess(tmp_path / "other.log") as other:
        elsewhere = f"http://alpha.localhost:{other.port}"
        page.goto(f"{elsewhere}/login/")
        before = colour(page, "#login-form button[type=submit]")
        portal.log_in(page, make_person("brander@example.com", role="admin"))
        page.goto(portal.url("/branding/"))
        page.locator("[data-hue]").fill("300")
        page.locator("[data-brand-name]").fill("Other Charge")
        page.locator(".sh-buttons .sh-primary").click()
        expect(page.get_by_text("The brand was saved.").first).to_be_visible()
        page.goto(portal.url("/branding/text/?kind=imprint&language=en"))
        page.locator("textarea[name=text]").fill("# Other Ltd")
        page.locator(".sh-buttons .sh-primary").click()
        page.context.clear_cookies()

        page.goto(f"{elsewhere}/login/")

        assert colour(page, "#login-form button[type=submit]") != before
        expect(page.get_by_role("heading").first).to_have_text("Other Charge")
        page.get_by_role("link", name="Imprint").click()
        expect(page.get_by_role("heading", name="Other Ltd")).to_be_visible()
        page.goto(portal.url("/login/", "beta"))
        expect(page.get_by_role("heading").first).to_have_text("Beta")
        expect(page.get_by_role("link", name="Imprint")).to_have_count(0)


@pytest.mark.parametrize("scheme, width", [("light", 1440), ("dark", 1440), ("light", 390)])
def test_brand_pages_when_checked_by_axe_then_no_serious_fault_and_nothing_is_cut(
    portal: Portal, page: Page, make_person: Make, scheme: Any, width: int
) -> None:
    failures: list[str] = []
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    portal.log_in(page, make_person("brander@example.com", role="admin"))
    page.goto(portal.url("/branding/text/?kind=imprint&language=en"))
    page.locator("textarea[name=text]").fill(
        "# Alpha Ltd\nHarbour 1\n\n## Contact\n- help@alpha.example\n- https://alpha.example/"
    )
    page.locator(".sh-buttons .sh-primary").click()

    for path in (
        "/branding/",
        "/branding/text/?kind=imprint&language=en",
        "/imprint/",
        "/privacy/",
    ):
        page.goto(portal.url(path))
        page.wait_for_load_state()
        failures += [f"{path}: {fault}" for fault in axe.faults(page)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            failures.append(f"{path}: wider than {width} pixels")

    assert not failures, "\n".join(failures)
