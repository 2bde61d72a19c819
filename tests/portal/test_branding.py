"""A tenant's brand: its colours, mark and files, and what a file may contain."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.core.schemas import run_in_schema
from apps.tenants.choices import LegalKind
from apps.tenants.models import Brand, LegalText, Tenant
from apps.tenants.services.brands import save_legal_text
from tests.conftest import make_client
from tests.tenants.pixels import bitmap, chunk, icon, png

pytestmark = pytest.mark.req("TEN-02")

MakeUser = Callable[..., User]
ClientFor = Callable[..., Client]

SVG = '<svg xmlns="http://www.w3.org/2000/svg">{}<path d="M0 0h9v9z" /></svg>'
PLAIN = SVG.format("").encode()


@pytest.fixture
def media(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


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


@pytest.mark.parametrize("name", ["logo", "logo_dark", "favicon"])
def test_brand_when_a_drawing_holds_a_program_then_kept_without_it_and_said(
    alpha: Tenant, media: Path, make_user: MakeUser, client_for: ClientFor, name: str
) -> None:
    client = client_for(make_user("admin"))
    data = SVG.format('<script>alert(1)</script><g onload="alert(1)"/>').encode()

    post_brand(client, **{name: SimpleUploadedFile("x.svg", data)})

    [stored] = media.rglob("*.svg")
    assert stored.read_bytes() == SVG.format("<g />").encode()
    page = client.get("/branding/").content.decode()
    assert "taken out of the drawing: scripts, event handlers" in page


@pytest.mark.parametrize(
    "name, file, reason",
    [
        ("logo", ("x.svg", b"<svg"), "no image of the kind"),
        ("logo", ("x.svg", b'<!DOCTYPE a [<!ENTITY b "c">]>' + PLAIN), "defines entities"),
        ("logo", ("x.png", PLAIN), "no image of the kind"),
        ("logo", ("x.png", png(3_000, 1)), "wider or higher than 2048 pixels"),
        ("logo", ("x.ico", icon(bitmap())), "not allowed"),
        ("logo", ("x.svg", PLAIN + b" " * 300_000), "larger than 256 KB"),
        ("favicon", ("x.html", b"<script>"), "no image of the kind"),
        ("favicon", ("x.ico", b"<script>"), "no image of the kind"),
    ],
)
def test_brand_when_a_file_cannot_be_kept_then_the_reason_and_nothing_saved(
    alpha: Tenant,
    media: Path,
    make_user: MakeUser,
    client_for: ClientFor,
    name: str,
    file: tuple[str, bytes],
    reason: str,
) -> None:
    client = client_for(make_user("admin"))

    answer = post_brand(client, product_name="Changed", **{name: SimpleUploadedFile(*file)})

    assert answer.status_code == 200
    assert reason in answer.content.decode()
    assert not [path for path in media.rglob("*") if path.is_file()]
    assert Brand.objects.get(tenant=alpha).product_name == "Alpha"


def test_brand_when_pixels_carry_metadata_then_stored_and_sent_without(
    alpha: Tenant, media: Path, make_user: MakeUser, client_for: ClientFor
) -> None:
    dirty = png(extra=chunk(b"tEXt", b"Author\0Ada"))

    post_brand(
        client_for(make_user("admin")),
        logo=SimpleUploadedFile("a.png", dirty),
        favicon=SimpleUploadedFile("a.ico", icon(dirty)),
    )

    logo, favicon = client_for().get("/brand/logo"), client_for().get("/favicon.ico")
    assert b"".join(logo.streaming_content) == png()
    assert b"".join(favicon.streaming_content) == icon(png())
    assert favicon.headers["Content-Type"] == "image/x-icon"


def test_brand_file_when_replaced_then_the_old_one_goes_and_the_trail_names_both(
    alpha: Tenant,
    media: Path,
    make_user: MakeUser,
    client_for: ClientFor,
    django_capture_on_commit_callbacks: Any,
) -> None:
    client = client_for(make_user("admin"))
    other = SVG.format("<g />").encode()
    post_brand(client, logo=SimpleUploadedFile("logo.svg", PLAIN))
    [first] = media.rglob("*.svg")

    with django_capture_on_commit_callbacks(execute=True):
        post_brand(client, hue=10, logo=SimpleUploadedFile("logo.svg", other))

    [second] = media.rglob("*.svg")
    assert second.read_bytes() == other
    entry = Entry.objects.filter(model="tenants.brand").order_by("-pk").first()
    assert entry is not None
    assert entry.changes["logo"] == [f"brands/alpha/{first.name}", f"brands/alpha/{second.name}"]
    assert entry.changes["hue"] == [300, 10]


def test_brand_when_two_tenants_have_the_same_file_then_each_has_its_own(
    alpha: Tenant, media: Path, make_user: MakeUser, client_for: ClientFor
) -> None:
    """The name of a file is its fingerprint, so both have the same one, in folders of their own."""
    post_brand(client_for(make_user("admin")), logo=SimpleUploadedFile("logo.svg", PLAIN))
    theirs = run_in_schema("beta", make_user, "admin")
    client = run_in_schema("beta", make_client, theirs, host="beta.localhost")
    post_brand(client, product_name="Beta", logo=SimpleUploadedFile("logo.svg", PLAIN))

    ours, others = sorted(path.relative_to(media).as_posix() for path in media.rglob("*.svg"))
    assert ours.replace("alpha", "beta") == others
    post_brand(client, product_name="Beta", **{"logo-clear": "on"})
    assert client_for().get("/brand/logo").status_code == 200
    assert client_for(host="beta.localhost").get("/brand/logo").status_code == 404


def test_brand_file_when_asked_by_version_then_kept_for_good_else_asked_again(
    alpha: Tenant, client_for: ClientFor, make_user: MakeUser
) -> None:
    def address() -> str:
        page = client_for().get("/login/").content.decode()
        found = re.search(r"/brand/mark\?v=\d+", page)
        assert found is not None
        return found[0]

    before = address()
    assert "immutable" in client_for().get(before).headers["Cache-Control"]
    assert client_for().get("/brand/mark").headers["Cache-Control"] == "no-cache"

    post_brand(client_for(make_user("admin")))

    assert address() != before
    assert client_for().get(before).headers["Cache-Control"] == "no-cache"
    assert b" 300)" in client_for().get(before).content


def test_brand_when_it_has_a_logo_for_dark_ground_then_both_are_on_the_log_in(
    alpha: Tenant, media: Path, make_user: MakeUser, client_for: ClientFor
) -> None:
    files = {name: SimpleUploadedFile("x.svg", PLAIN) for name in ("logo", "logo_dark")}
    post_brand(client_for(make_user("admin")), **files)

    for path in ("/login/", "/brand/files/brands/x/y"):
        page = client_for().get(path).content.decode()
        assert "/brand/logo?v=" in page
        assert "/brand/logo-dark?v=" in page
    assert client_for().get("/brand/logo-dark").status_code == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"mail_sender_name": "Volt\r\nBcc: all@example.com"},
        {"mail_sender_name": "Volt <boss@bank.example>"},
        {"mail_reply_to": "help@alpha.example\nBcc: x@example.com"},
        {"mail_reply_to": "nobody"},
        {"support_url": "http://alpha.example"},
        {"imprint_url": "javascript:alert(1)"},
        {"privacy_url": "ftp://alpha.example/x"},
        {"support_phone": "<b>12</b>"},
        {"hue": 360},
    ],
    ids=str,
)
def test_brand_when_a_field_does_not_fit_then_refused_there(
    alpha: Tenant, make_user: MakeUser, client_for: ClientFor, fields: dict[str, Any]
) -> None:
    answer = post_brand(client_for(make_user("admin")), **fields)

    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == list(fields)
    assert Brand.objects.get(tenant=alpha).product_name == "Alpha"


PAGES_OF_A_HOST = [
    ("/login/", 200),
    ("/brand/files/brands/x/y", 404),
    ("/forgotten-password/", 200),
]


@pytest.mark.parametrize("path, status", PAGES_OF_A_HOST)
def test_contact_when_set_then_on_every_page_without_a_log_in(
    alpha: Tenant, client_for: ClientFor, path: str, status: int
) -> None:
    brand = Brand.objects.get(tenant=alpha)
    save_legal_text(brand, LegalKind.IMPRINT, "en", "Alpha Ltd")
    Brand.objects.filter(pk=brand.pk).update(
        support_name="Volt desk",
        support_url="https://help.example/",
        privacy_url="https://alpha.example/privacy",
    )

    answer = client_for().get(path)

    assert answer.status_code == status
    page = answer.content.decode()
    for part in (
        "Volt desk",
        "https://help.example/",
        '"/imprint/"',
        "https://alpha.example/privacy",
    ):
        assert part in page
    theirs = client_for(host="beta.localhost").get(path).content.decode()
    assert "Volt desk" not in theirs
    assert "/imprint/" not in theirs


def test_error_pages_when_refused_or_failed_then_in_the_tenants_brand(
    alpha: Tenant, make_user: MakeUser, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_for(make_user("operator"))
    client.raise_request_exception = False
    Brand.objects.filter(tenant=alpha).update(product_name="Alpha Charge")
    monkeypatch.setattr("apps.portal.views.to_html", broken)
    save_legal_text(Brand.objects.get(tenant=alpha), LegalKind.PRIVACY, "en", "We keep little.")
    too_much = {f"field{number}": "x" for number in range(10_001)}

    answers = {
        403: client.get("/branding/"),
        404: client.get("/nowhere/"),
        500: client.get("/privacy/"),
        400: client_for().post("/login/", too_much),
    }

    for status, answer in answers.items():
        page = answer.content.decode()
        assert answer.status_code == status
        assert "Alpha Charge" in page, status
        assert "/privacy/" in page


def broken(text: str) -> str:
    raise RuntimeError("broken")


def test_unknown_host_when_asked_then_nobodys_brand(alpha: Tenant, client_for: ClientFor) -> None:
    answer = client_for(host="gamma.localhost").get("/imprint/")

    assert answer.status_code == 404
    assert b"oklch(50.0% 0.120 265)" in answer.content
    assert b"Alpha" not in answer.content


def legal(client: Client, path: str, language: str = "en") -> Any:
    return client.get(path, headers={"accept-language": language})


def test_legal_page_when_there_are_texts_then_in_the_readers_language_else_the_tenants(
    alpha: Tenant, make_user: MakeUser, client_for: ClientFor
) -> None:
    Tenant.objects.filter(pk=alpha.pk).update(default_language="de")
    admin = client_for(make_user("admin"))
    for language, text in (("de", "# Anbieter\nAlpha GmbH"), ("sv", "Alpha AB <script>")):
        path = f"/branding/text/?kind=imprint&language={language}"
        assert admin.post(path, {"text": text}).status_code == 302

    nobody = client_for()
    assert "Alpha AB &lt;script&gt;" in legal(nobody, "/imprint/", "sv").content.decode()
    page = legal(nobody, "/imprint/", "fr").content.decode()
    assert '<article class="sh-article" lang="de"><h2>Anbieter</h2>' in page
    assert '<html lang="fr">' in page
    assert legal(client_for(host="beta.localhost"), "/imprint/").status_code == 404


def test_legal_page_when_nothing_is_set_then_a_friendly_404_and_no_link(
    alpha: Tenant, client_for: ClientFor
) -> None:
    answer = client_for().get("/privacy/")

    assert answer.status_code == 404
    assert "There is no such text here yet" in answer.content.decode()
    assert "/privacy/" not in client_for().get("/login/").content.decode()
    assert client_for(host="localhost").get("/privacy/").status_code == 404


def test_legal_page_when_an_address_is_set_then_it_leads_there(
    alpha: Tenant, client_for: ClientFor
) -> None:
    brand = Brand.objects.get(tenant=alpha)
    save_legal_text(brand, LegalKind.IMPRINT, "en", "Alpha Ltd")
    Brand.objects.filter(pk=brand.pk).update(imprint_url="https://alpha.example/imprint")

    answer = client_for().get("/imprint/")

    assert answer.headers["Location"] == "https://alpha.example/imprint"


def test_legal_text_when_changed_and_emptied_then_seen_at_once_and_in_the_trail(
    alpha: Tenant, make_user: MakeUser, client_for: ClientFor
) -> None:
    admin = client_for(make_user("admin"))
    path = "/branding/text/?kind=privacy&language=en"
    for text in ("First", "Second", ""):
        admin.post(path, {"text": text})
        seen = client_for().get("/privacy/").content.decode()
        assert (text in seen) if text else ("no such text" in seen)

    assert not LegalText.objects.exists()
    assert "/privacy/" not in client_for().get("/login/").content.decode()
    entries = Entry.objects.filter(model="tenants.legaltext").order_by("pk")
    assert [entry.kind for entry in entries] == ["created", "changed", "deleted"]
    assert entries[1].changes["text"] == ["First", "Second"]


def test_legal_text_when_only_previewed_then_nothing_is_kept(
    alpha: Tenant, make_user: MakeUser, client_for: ClientFor
) -> None:
    answer = client_for(make_user("admin")).post(
        "/branding/text/?kind=imprint&language=en", {"text": "# Draft", "preview": "1"}
    )

    assert "<h2>Draft</h2>" in answer.content.decode()
    assert not LegalText.objects.exists()


@pytest.mark.parametrize("query", ["kind=x&language=en", "kind=imprint&language=xx"])
def test_legal_text_when_there_is_no_such_kind_or_language_then_not_found(
    alpha: Tenant, make_user: MakeUser, client_for: ClientFor, query: str
) -> None:
    assert client_for(make_user("admin")).get(f"/branding/text/?{query}").status_code == 404


def test_legal_text_when_an_operator_asks_then_refused(
    alpha: Tenant, make_user: MakeUser, client_for: ClientFor
) -> None:
    client = client_for(make_user("operator"))

    assert client.get("/branding/text/").status_code == 403
    assert client.post("/branding/text/", {"text": "Mine"}).status_code == 403
    assert not LegalText.objects.exists()


def test_legal_text_when_another_tenants_admin_saves_it_then_only_their_own(
    alpha: Tenant, make_user: MakeUser, client_for: ClientFor
) -> None:
    theirs = run_in_schema("beta", make_user, "admin")
    client = run_in_schema("beta", make_client, theirs, host="beta.localhost")

    client.post("/branding/text/?kind=imprint&language=en", {"text": "Beta Ltd"})

    assert [text.tenant.schema_name for text in LegalText.objects.all()] == ["beta"]
    assert client_for().get("/imprint/").status_code == 404


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
