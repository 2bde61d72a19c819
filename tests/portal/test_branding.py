"""A tenant's brand: its colours, mark and files, and what a file may contain."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.models import User
from apps.tenants.domain.images import ImageFault, image_fault
from apps.tenants.models import Brand, Tenant

pytestmark = pytest.mark.req("TEN-02")

MakeUser = Callable[..., User]
ClientFor = Callable[..., Client]

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg>'
PLAIN = SVG.format('<path d="M0 0h9v9z" fill="url(#g)"/>').encode()
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)

HOSTILE = [
    ("<script>alert(1)</script>", ImageFault.PROGRAM),
    ('<rect onload="alert(1)"/>', ImageFault.PROGRAM),
    ('<rect ONCLICK="alert(1)"/>', ImageFault.PROGRAM),
    ("<foreignObject><body/></foreignObject>", ImageFault.PROGRAM),
    ('<b xmlns="http://www.w3.org/1999/xhtml">x</b>', ImageFault.PROGRAM),
    ('<animate attributeName="href" to="javascript:alert(1)"/>', ImageFault.PROGRAM),
    ('<image href="https://evil.example/x.png"/>', ImageFault.LEADS_AWAY),
    ('<use xlink:href="https://evil.example/x.svg#a"/>', ImageFault.LEADS_AWAY),
    ('<rect style="fill:url(https://evil.example/x)"/>', ImageFault.LEADS_AWAY),
    ("<style>@import 'https://evil.example/x.css';</style>", ImageFault.LEADS_AWAY),
    ('<image href="data:image/svg+xml;base64,AAAA"/>', ImageFault.LEADS_AWAY),
    ("<path", ImageFault.UNREADABLE),
]


@pytest.fixture
def media(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.mark.parametrize("inside, fault", HOSTILE)
def test_svg_when_it_can_do_more_than_be_drawn_then_refused(inside: str, fault: ImageFault) -> None:
    assert image_fault(SVG.format(inside).encode(), "svg") is fault


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + PLAIN,
        b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + PLAIN,
        b"<html></html>",
        b"",
        PNG,
    ],
)
def test_svg_when_it_is_none_then_refused(data: bytes) -> None:
    assert image_fault(data, "svg") is ImageFault.UNREADABLE


def test_image_when_it_is_what_its_name_says_then_taken() -> None:
    assert image_fault(PLAIN, "svg") is None
    assert image_fault(PNG, "png") is None
    assert image_fault(PLAIN, "png") is ImageFault.UNREADABLE
    assert image_fault(PLAIN + b" " * 300_000, "svg") is ImageFault.TOO_LARGE


def test_mark_when_tenants_differ_then_hues_differ(alpha: Tenant, client_for: ClientFor) -> None:
    ours = client_for().get("/brand/mark").content
    theirs = client_for(host="beta.localhost").get("/brand/mark").content

    assert b" 210)" in ours
    assert b" 150)" in theirs


def test_palette_when_tenants_differ_then_each_has_its_own(
    alpha: Tenant, client_for: ClientFor
) -> None:
    """Unfold writes into the dictionary it gets: no tenant's colours stay for the next."""
    for host, hue in (("alpha", 210), ("beta", 150), ("alpha", 210)):
        page = client_for(host=f"{host}.localhost").get("/login/").content.decode()
        assert f"--color-primary-600: oklch(50.0% 0.120 {hue})" in page


def post_brand(client: Client, **fields: Any) -> Any:
    return client.post("/branding/", {"product_name": "Alpha Charge", "hue": 300, **fields})


def test_brand_when_an_admin_saves_it_then_the_portal_shows_it(
    alpha: Tenant, media: Path, make_user: MakeUser, client_for: ClientFor
) -> None:
    client = client_for(make_user("admin"))
    logo = SimpleUploadedFile("../../evil name.svg", PLAIN)

    answer = post_brand(client, logo=logo, support_email="help@alpha.example")

    assert answer.status_code == 302
    page = client_for().get("/login/").content.decode()
    assert "oklch(50.0% 0.120 300)" in page
    assert 'alt="Alpha Charge"' in page
    assert "help@alpha.example" in page
    stored = [path.relative_to(media).as_posix() for path in media.rglob("*.svg")]
    assert len(stored) == 1
    assert stored[0].startswith("brands/alpha/")
    assert "evil" not in stored[0]


def test_brand_file_when_sent_then_it_can_only_be_drawn(
    alpha: Tenant, media: Path, make_user: MakeUser, client_for: ClientFor
) -> None:
    post_brand(client_for(make_user("admin")), logo=SimpleUploadedFile("logo.svg", PLAIN))
    brand = Brand.objects.get(tenant=alpha)

    answer = client_for().get("/brand/logo")

    assert b"".join(answer.streaming_content) == PLAIN
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].endswith("sandbox")
    assert client_for().get(brand.logo.url).status_code == 200
    assert client_for(host="beta.localhost").get(brand.logo.url).status_code == 404
    assert client_for(host="beta.localhost").get("/brand/logo").status_code == 404


@pytest.mark.parametrize("name", ["logo", "favicon"])
def test_brand_when_a_file_is_hostile_then_refused_with_the_reason(
    alpha: Tenant, media: Path, make_user: MakeUser, client_for: ClientFor, name: str
) -> None:
    data = SVG.format("<script>alert(1)</script>").encode()

    answer = post_brand(client_for(make_user("admin")), **{name: SimpleUploadedFile("x.svg", data)})

    assert b"The drawing contains a script" in answer.content
    assert not list(media.rglob("*.svg"))


def test_brand_when_a_name_looks_like_python_then_it_stays_a_word(
    alpha: Tenant, make_user: MakeUser, client_for: ClientFor
) -> None:
    """Unfold imports dotted strings it finds in settings."""
    Brand.objects.filter(tenant=alpha).update(product_name="os.getcwd")

    page = client_for().get("/login/").content.decode()

    assert "os.getcwd" in page
    assert str(settings.BASE_DIR if hasattr(settings, "BASE_DIR") else Path.cwd()) not in page


def test_brand_when_an_operator_asks_then_refused(
    alpha: Tenant, make_user: MakeUser, client_for: ClientFor
) -> None:
    client = client_for(make_user("operator"))

    assert client.get("/branding/").status_code == 403
    assert post_brand(client).status_code == 403
