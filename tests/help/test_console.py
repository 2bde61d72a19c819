"""What the platform operator writes: documents with their files, malfunctions with updates."""

import zipfile
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.help.domain.files import FileFault, FileKind, FileRefused, file_kind, safe_name
from apps.help.models import Document, DocumentVersion, Malfunction
from apps.help.services.documents import Upload, publish
from apps.tenants.models import Tenant
from tests.conftest import make_client
from tests.help.conftest import OPERATOR, PDF, body_of, pdf, tenant_named
from tests.tenants.conftest import console, operator

__all__ = ["console", "operator"]

pytestmark = pytest.mark.req("TEN-06")

Make = Callable[..., Any]
OTHER_LANGUAGES = [code for code, _name in settings.LANGUAGES if code != "en"]


def office(folder: str, *more: str) -> bytes:
    """Return an office file of the newer kind with empty parts."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in ("[Content_Types].xml", f"{folder}/main.xml", *more):
            archive.writestr(name, "<x/>")
    return content.getvalue()


def open_document(media_type: str) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("mimetype", media_type)
        archive.writestr("content.xml", "<x/>")
    return content.getvalue()


ODT = "application/vnd.oasis.opendocument.text"


# --- files -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, content, kind",
    [
        ("a.pdf", PDF, FileKind.PDF),
        ("A.PDF", PDF, FileKind.PDF),
        ("a.png", b"\x89PNG\r\n\x1a\n...", FileKind.PNG),
        ("a.jpeg", b"\xff\xd8\xff\xe0...", FileKind.JPEG),
        ("a.docx", office("word"), FileKind.DOCX),
        ("a.xlsx", office("xl"), FileKind.XLSX),
        ("a.odt", open_document(ODT), FileKind.ODT),
        ("a.txt", "Größe\n".encode(), FileKind.TEXT),
        ("a.csv", b"id;name\n1;x\n", FileKind.CSV),
    ],
)
def test_file_when_its_content_is_what_the_name_says_then_taken(
    name: str, content: bytes, kind: FileKind
) -> None:
    assert file_kind(name, BytesIO(content), len(content)) is kind


@pytest.mark.parametrize(
    "name, content, fault",
    [
        ("a.pdf", b"", FileFault.EMPTY),
        ("a.pdf", b"MZ\x90\x00", FileFault.CONTENT),
        ("a.png", PDF, FileFault.CONTENT),
        ("a.html", b"<html>", FileFault.KIND),
        ("a.svg", b"<svg/>", FileFault.KIND),
        ("a.exe", b"MZ", FileFault.KIND),
        ("pdf", PDF, FileFault.CONTENT),
        ("", PDF, FileFault.KIND),
        ("a.docx", office("xl"), FileFault.CONTENT),
        ("a.docx", b"PK\x03\x04 no archive", FileFault.CONTENT),
        ("a.docx", office("word", "word/vbaProject.bin"), FileFault.MACROS),
        ("a.odt", open_document("text/html"), FileFault.CONTENT),
        ("a.odt", office("word"), FileFault.CONTENT),
        ("a.txt", b"\xff\xfe", FileFault.CONTENT),
        ("a.txt", b"a\x00b", FileFault.CONTENT),
    ],
)
def test_file_when_it_is_not_then_refused_with_the_reason(
    name: str, content: bytes, fault: FileFault
) -> None:
    if name == "pdf":
        assert file_kind(name, BytesIO(content), len(content)) is FileKind.PDF
        return
    with pytest.raises(FileRefused) as refused:
        file_kind(name, BytesIO(content), len(content))

    assert refused.value.fault is fault


def test_file_when_too_large_then_refused_unread() -> None:
    with pytest.raises(FileRefused) as refused:
        file_kind("a.pdf", BytesIO(), 20 * 1024 * 1024 + 1)

    assert refused.value.fault is FileFault.TOO_LARGE


@pytest.mark.parametrize(
    "name, safe",
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\tmp\\a:b*c.PDF", "a b c.pdf"),
        ("\r\nSet-Cookie: x.pdf", "Set-Cookie x.pdf"),
        ('a"b.pdf', "a b.pdf"),
        ("....pdf", "document.pdf"),
        (".pdf", "document.pdf"),
        ("Handbuch für Säulen.pdf", "Handbuch für Säulen.pdf"),
        ("x" * 500 + ".pdf", "x" * 120 + ".pdf"),
        ("a\u202etxt.pdf", "a txt.pdf"),
    ],
)
def test_name_when_hostile_then_safe_to_download_by(name: str, safe: str) -> None:
    assert safe_name(name, FileKind.PDF) == safe


# --- documents -------------------------------------------------------------------------------


def document_body(**changes: Any) -> dict[str, Any]:
    return {
        "title": "Terms",
        "description": "",
        "category": "contract",
        "language": "",
        "is_for_all": "on",
        "valid_from": "",
        "file": pdf(),
        **changes,
    }


def text_of(response: Any) -> str:
    return response.content.decode()


def test_document_when_uploaded_then_handed_out_and_told_by_the_trail(console: Client) -> None:
    response = console.post("/help/document/add/", document_body())

    assert response.status_code == 302, text_of(response)
    version = DocumentVersion.objects.get()
    assert (version.number, version.name, version.size) == (1, "manual.pdf", len(PDF))
    assert version.uploaded_by == OPERATOR
    told = set(Entry.objects.filter(kind="created").values_list("model", flat=True))
    assert {"help.document", "help.documentversion"} <= told


def test_document_when_for_chosen_tenants_then_theirs_only(console: Client) -> None:
    alpha = tenant_named("alpha")
    body = document_body(tenants=[alpha.pk])
    del body["is_for_all"]

    assert console.post("/help/document/add/", body).status_code == 302

    document = Document.objects.get()
    assert list(document.tenants.all()) == [alpha]
    assert Document.objects.meant_for(alpha).exists()
    assert not Document.objects.meant_for(tenant_named("beta")).exists()


def test_document_when_for_nobody_then_the_field_says_what_to_do(console: Client) -> None:
    body = document_body()
    del body["is_for_all"]

    response = console.post("/help/document/add/", body)

    assert "Choose at least one tenant" in text_of(response)
    assert not Document.objects.exists()


@pytest.mark.parametrize(
    "file, words",
    [
        (pdf("a.exe"), "Files of this kind are not taken."),
        (pdf("a.pdf", b"MZ"), "The content is not what the name of the file says."),
        (
            SimpleUploadedFile("a.docx", office("word", "word/vbaProject.bin")),
            "The file contains macros.",
        ),
    ],
)
def test_document_when_its_file_is_refused_then_nothing_is_saved(
    console: Client, file: Any, words: str
) -> None:
    response = console.post("/help/document/add/", document_body(file=file))

    assert words in text_of(response)
    assert not Document.objects.exists()
    assert not list((settings.MEDIA_ROOT / "documents").glob("*"))


def test_document_when_a_new_version_comes_then_older_ones_are_kept(
    console: Client, make_document: Make
) -> None:
    document = make_document("Terms")
    newer = PDF + b"% second\n"

    response = console.post(
        f"/help/document/{document.pk}/version/", {"file": pdf("second.pdf", newer)}
    )

    assert response.status_code == 302
    first, second = document.versions.order_by("number")
    page = text_of(console.get(f"/help/document/{document.pk}/change/"))
    for version, content in ((first, PDF), (second, newer)):
        address = f"/help/document/{document.pk}/file/?version={version.pk}"
        assert address in page
        assert body_of(console.get(address)) == content


def test_document_when_the_version_is_of_another_then_not_found(
    console: Client, make_document: Make
) -> None:
    one, other = make_document("One"), make_document("Other")
    address = f"/help/document/{one.pk}/file/?version={other.versions.get().pk}"

    assert console.get(address).status_code == 404
    assert console.get(f"/help/document/{one.pk}/file/?version=x").status_code == 404


def test_document_when_withdrawn_then_by_post_and_told_by_the_trail(
    console: Client, make_document: Make
) -> None:
    document = make_document("Terms")
    address = f"/help/document/{document.pk}/withdraw/"

    assert console.get(address).status_code == 405
    assert console.post(address).status_code == 302

    document.refresh_from_db()
    assert document.withdrawn_at is not None
    changed = Entry.objects.filter(model="help.document", kind="changed")
    assert any("withdrawn_at" in entry.changes for entry in changed)
    assert console.post(f"/help/document/{document.pk}/delete/").status_code == 403


def test_document_when_saving_fails_then_no_file_is_left_behind(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: DocumentVersion, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError("disk of the database is full")

    monkeypatch.setattr(DocumentVersion, "save", fail)

    with pytest.raises(RuntimeError):
        publish(
            Document(title="Terms", category="contract"),
            Upload(pdf(), OPERATOR),
            now=timezone.now(),
        )

    assert not Document.objects.exists()
    assert not list((settings.MEDIA_ROOT / "documents").glob("*"))


# --- malfunctions ----------------------------------------------------------------------------


def malfunction_body(**changes: Any) -> dict[str, Any]:
    began = timezone.localtime(timezone.now() - timedelta(hours=1))
    return {
        "kind": "malfunction",
        "titles_en": "Chargers cannot connect",
        "titles_de": "Ladestationen können sich nicht verbinden",
        "severity": "major",
        "components": ["chargers", "sessions"],
        "is_for_all": "on",
        "began_at_0": began.strftime("%Y-%m-%d"),
        "began_at_1": began.strftime("%H:%M:%S"),
        "ends_at_0": "",
        "ends_at_1": "",
        "text_en": "We look into it.",
        **changes,
    }


def test_malfunction_when_told_of_then_shown_at_once(console: Client) -> None:
    response = console.post("/help/malfunction/add/", malfunction_body())

    assert response.status_code == 302, text_of(response)
    malfunction = Malfunction.objects.get()
    assert malfunction.titles == {
        "en": "Chargers cannot connect",
        "de": "Ladestationen können sich nicht verbinden",
    }
    update = malfunction.updates.get()
    assert (update.stage, update.texts) == ("investigating", {"en": "We look into it."})
    assert update.written_by == OPERATOR
    assert "Chargers cannot connect" in text_of(console.get("/help/status/"))


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"titles_en": ""}, "Fill in the English text"),
        ({"text_en": "", "text_de": "Nur deutsch"}, "Fill in the English text"),
        ({"components": []}, "This field is required."),
        ({"components": ["nothing"]}, "Select a valid choice."),
        ({"ends_at_0": "2030-01-01", "ends_at_1": "00:00"}, "Only planned maintenance has"),
        ({"kind": "maintenance"}, "Say until when the maintenance is planned."),
        (
            {"kind": "maintenance", "ends_at_0": "2020-01-01", "ends_at_1": "00:00"},
            "The end has to be after the begin.",
        ),
        ({"is_for_all": ""}, "Choose at least one tenant"),
    ],
)
def test_malfunction_when_something_is_wrong_then_the_field_says_what_to_do(
    console: Client, changes: dict[str, Any], words: str
) -> None:
    response = console.post("/help/malfunction/add/", malfunction_body(**changes))

    assert response.status_code == 200
    assert words in text_of(response)
    assert not Malfunction.objects.exists()


def test_update_when_it_is_the_last_then_resolved_and_another_opens_it_again(
    console: Client, make_malfunction: Make
) -> None:
    malfunction = make_malfunction()
    address = f"/help/malfunction/{malfunction.pk}/update/"
    assert console.post(address, {"stage": "resolved", "text_en": "Done."}).status_code == 302
    malfunction.refresh_from_db()
    assert malfunction.resolved_at is not None
    told_at = malfunction.told_at

    console.post(address, {"stage": "investigating", "text_en": "It is back."})

    malfunction.refresh_from_db()
    assert malfunction.resolved_at is None
    assert malfunction.told_at > told_at
    page = text_of(console.get(f"/help/malfunction/{malfunction.pk}/change/"))
    assert "It is back." in page
    assert Entry.objects.filter(model="help.malfunctionupdate", kind="created").count() >= 2


@pytest.mark.parametrize(
    "body", [{}, {"stage": "planned", "text_en": "x"}, {"stage": "found", "text_de": "x"}]
)
def test_update_when_incomplete_then_nothing_is_told(
    console: Client, make_malfunction: Make, body: dict[str, str]
) -> None:
    malfunction = make_malfunction()

    response = console.post(f"/help/malfunction/{malfunction.pk}/update/", body)

    assert response.status_code == 200
    assert malfunction.updates.count() == 1


def test_malfunction_when_changed_then_its_updates_stay(
    console: Client, make_malfunction: Make
) -> None:
    malfunction = make_malfunction()
    body = malfunction_body(titles_en="Some chargers cannot connect", severity="minor")

    response = console.post(f"/help/malfunction/{malfunction.pk}/change/", body)

    assert response.status_code == 302, text_of(response)
    malfunction.refresh_from_db()
    assert str(malfunction) == "Some chargers cannot connect"
    assert malfunction.severity == "minor"
    assert malfunction.updates.count() == 1


# --- who may -------------------------------------------------------------------------------


def addresses(make_document: Make, make_malfunction: Make) -> list[str]:
    document, malfunction = make_document().pk, make_malfunction().pk
    return [
        "/help/document/",
        "/help/document/add/",
        f"/help/document/{document}/change/",
        f"/help/document/{document}/history/",
        f"/help/document/{document}/version/",
        f"/help/document/{document}/file/?version=1",
        f"/help/document/{document}/withdraw/",
        "/help/malfunction/",
        "/help/malfunction/add/",
        f"/help/malfunction/{malfunction}/change/",
        f"/help/malfunction/{malfunction}/update/",
    ]


def test_console_pages_when_opened_by_the_operator_then_they_work(
    console: Client, make_document: Make, make_malfunction: Make
) -> None:
    pages = [path for path in addresses(make_document, make_malfunction) if "?" not in path]

    closed = [
        path
        for path in pages
        if not path.endswith("/withdraw/") and console.get(path).status_code != 200
    ]

    assert closed == []
    assert console.get("/help/document/?q=man&category=manual&state=given").status_code == 200
    assert "Gateways for charging stations" in text_of(console.get("/help/status/"))


def test_console_pages_when_asked_for_at_a_tenants_host_then_not_found(
    alpha: Tenant, make_user: Make, make_document: Make, make_malfunction: Make
) -> None:
    admin = make_client(make_user("admin"))

    for path in addresses(make_document, make_malfunction):
        for method in (admin.get, admin.post):
            assert method(path).status_code == 404, path


def test_console_pages_when_the_person_has_no_right_then_refused(
    db: None, make_document: Make, make_malfunction: Make
) -> None:
    connection.set_schema_to_public()
    person = User.objects.create_user("helper@chargeyard.example", "correct horse battery")
    client = make_client(person, host="localhost")

    for path in [*addresses(make_document, make_malfunction), "/help/status/"]:
        answers = {client.get(path).status_code, client.post(path).status_code}
        assert answers <= {403, 405}, path


def test_console_pages_when_nobody_is_logged_in_then_to_the_log_in(
    db: None, make_document: Make, make_malfunction: Make
) -> None:
    connection.set_schema_to_public()
    client = make_client(host="localhost")

    for path in [*addresses(make_document, make_malfunction), "/help/status/"]:
        assert client.get(path)["Location"].startswith("/login/"), path


def test_console_lists_when_there_are_many_then_queries_stay_few(
    console: Client, make_document: Make, make_malfunction: Make, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        make_document(f"Sheet {number}", only_for=("alpha", "beta"))
        make_malfunction(f"Fault {number}", only_for=("alpha",))

    for path in ("/help/document/", "/help/malfunction/"):
        with django_assert_max_num_queries(25):
            assert console.get(path).status_code == 200
