"""Workbooks: what comes in is limited and scoped, what goes out is no formula (S14, S15)."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import tablib
from django.contrib.auth.models import Group, Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from apps.accounts.models import Location, User
from apps.accounts.resources import LocationResource
from apps.portal.workbooks import (
    MAX_ROWS,
    Csv,
    WorkbookRefused,
    WorkbookTooLarge,
    Xlsx,
    check_size,
    escape_formula,
    unescape_formula,
)
from apps.tenants.models import Tenant

pytestmark = pytest.mark.req("ACC-03")

ClientFor = Callable[..., Client]

FORMULAS = [
    "=1+1",
    "==1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1",
    "  =1+1",
    "'=1+1",
    "=",
    "-",
    "＝1+1",
    '=HYPERLINK("http://evil.example")',
]


@pytest.mark.parametrize("text", FORMULAS)
def test_escape_when_text_would_be_a_formula_then_it_starts_with_a_quote(text: str) -> None:
    escaped = escape_formula(text)

    assert escaped.startswith("'")
    assert unescape_formula(escaped) == text


@pytest.mark.parametrize("text", ["", "Hof 3", "-12.5", "+4", "a=b", "'s-Hertogenbosch", 5, None])
def test_escape_when_text_is_harmless_then_unchanged(text: Any) -> None:
    assert escape_formula(text) == text
    assert unescape_formula(text) == text


@given(st.text(alphabet="=+-@'\t\r ab1", max_size=8))
def test_escape_when_undone_then_the_text_is_what_it_was(text: str) -> None:
    assert unescape_formula(escape_formula(text)) == text


def exported(client: Client, kind: int) -> bytes:
    fields = ("name", "street", "postal_code", "city", "country", "time_zone")
    body = {"format": kind, "resource": "", **{f"locationresource_{name}": "on" for name in fields}}
    answer = client.post("/accounts/location/export/", body)
    assert answer.status_code == 200, answer.content[:500]
    return answer.content


@pytest.mark.parametrize("text", FORMULAS)
def test_export_when_a_name_is_a_formula_then_no_cell_is_one(
    alpha: Tenant,
    make_user: Callable[..., User],
    make_location: Callable[..., Location],
    client_for: ClientFor,
    text: str,
) -> None:
    make_location("Plain", city=text)
    client = client_for(make_user("admin"))

    lines = exported(client, 0).decode("utf-8-sig")
    rows = list(tablib.Dataset().load(lines, format="csv").dict)
    book = load_workbook(io.BytesIO(exported(client, 1)))
    cells = [cell for row in book.active.iter_rows() for cell in row]

    assert not [row for row in rows if row["city"].lstrip()[:1] in set("=+-@")]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert not [cell for cell in cells if str(cell.value or "").lstrip()[:1] in set("=+-@")]


def test_export_when_limited_to_a_location_then_only_that_row(
    alpha: Tenant,
    make_user: Callable[..., User],
    make_location: Callable[..., Location],
    client_for: ClientFor,
) -> None:
    own, foreign = make_location("Own yard"), make_location("Foreign yard")

    for kind in (0, 1):
        content = exported(client_for(make_user("admin", locations=[own])), kind)
        text = content.decode("utf-8-sig") if kind == 0 else book_text(content)
        assert own.name in text
        assert foreign.name not in text


def book_text(content: bytes) -> str:
    rows = load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
    return "\n".join(str(row) for row in rows)


def test_export_when_the_right_is_missing_then_refused(
    alpha: Tenant, make_user: Callable[..., User], client_for: ClientFor
) -> None:
    client = client_for(make_user("operator"))

    assert client.get("/accounts/location/export/").status_code == 403
    assert client.post("/accounts/location/export/", {"format": 0}).status_code == 403


def test_export_when_a_filter_is_unknown_then_back_to_the_list(
    alpha: Tenant, make_user: Callable[..., User], client_for: ClientFor
) -> None:
    answer = client_for(make_user("admin")).get("/accounts/location/export/?no_such_field=1")

    assert answer["Location"] == "/accounts/location/?e=1"


def run_import(user: User, *rows: dict[str, str]) -> Any:
    dataset = tablib.Dataset(headers=list(rows[0]))
    for row in rows:
        dataset.append(list(row.values()))
    return LocationResource(user=user).import_data(dataset, user=user)


def test_import_when_the_row_stands_elsewhere_then_it_is_not_touched(
    alpha: Tenant, make_user: Callable[..., User], make_location: Callable[..., Location]
) -> None:
    own, foreign = make_location("Own yard"), make_location("Foreign yard", city="Before")
    user = make_user("admin", locations=[own])

    result = run_import(
        user, {"name": "Foreign yard", "city": "After"}, {"name": "New yard", "city": "X"}
    )

    foreign.refresh_from_db()
    assert foreign.city == "Before"
    assert not Location.objects.filter(name="New yard").exists()
    assert result.has_validation_errors()


def test_import_when_the_row_is_visible_then_it_changes(
    alpha: Tenant, make_user: Callable[..., User], make_location: Callable[..., Location]
) -> None:
    own = make_location("Own yard", city="Before")

    run_import(make_user("admin", locations=[own]), {"name": "Own yard", "city": "'=After"})

    own.refresh_from_db()
    assert own.city == "=After"


def test_import_when_only_change_is_held_then_nothing_new(
    alpha: Tenant, make_user: Callable[..., User]
) -> None:
    user = make_user("operator")
    group = Group.objects.create(name="Changers")
    group.permissions.set(Permission.objects.filter(codename="change_location"))
    user.groups.add(group)

    result = run_import(User.objects.get(pk=user.pk), {"name": "New yard", "city": "X"})

    assert result.has_validation_errors()
    assert not Location.objects.filter(name="New yard").exists()


def workbook(rows: int, text: str = "x") -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for _row in range(rows):
        sheet.append(["name", text])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def bomb() -> bytes:
    """Return a small archive that unpacks to 60 MB."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data, error",
    [
        (b"x" * (5 * 1024 * 1024 + 1), WorkbookTooLarge),
        (bomb(), WorkbookTooLarge),
        (b"PK\x03\x04 no archive", WorkbookRefused),
    ],
    ids=["large", "bomb", "broken"],
)
def test_file_when_hostile_then_refused_before_it_is_read(
    data: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error):
        check_size(data)


def test_workbook_when_it_has_too_many_rows_or_columns_then_refused() -> None:
    with pytest.raises(WorkbookTooLarge):
        Xlsx().create_dataset(workbook(MAX_ROWS + 2))
    with pytest.raises(WorkbookTooLarge):
        Csv().create_dataset("name\n" + "x\n" * (MAX_ROWS + 2))
    with pytest.raises(WorkbookTooLarge):
        Csv().create_dataset(",".join(f"c{number}" for number in range(201)) + "\n")


def test_csv_when_divided_by_semicolons_then_read_too() -> None:
    dataset = Csv().create_dataset("\ufeffname;city\nHof;Köln\n".encode())

    assert dataset.dict == [{"name": "Hof", "city": "Köln"}]


def upload(client: Client, data: bytes, name: str = "sites.csv", kind: int = 0) -> Any:
    file = SimpleUploadedFile(name, data)
    return client.post(
        "/accounts/location/import/", {"import_file": file, "format": kind, "resource": "0"}
    )


def confirm(client: Client, preview: Any, **changes: Any) -> Any:
    body = {**preview.context["confirm_form"].initial, **changes}
    return client.post("/accounts/location/process_import/", body)


def test_import_when_previewed_and_confirmed_then_rows_are_written_once(
    alpha: Tenant, make_user: Callable[..., User], client_for: ClientFor, enter: Any
) -> None:
    client = client_for(make_user("admin"))

    preview = upload(client, b"name,city\nNew yard,'=City\n")
    enter("alpha")
    assert not Location.objects.filter(name="New yard").exists()
    answer = confirm(client, preview)

    assert answer["Location"] == "/accounts/location/"
    enter("alpha")
    assert Location.objects.get(name="New yard").city == "=City"


@pytest.mark.parametrize(
    "changes",
    [
        {"import_file_name": "0" * 32},
        {"format": "1"},
        {"format": "7"},
        {"format": "x"},
        {"resource": "9"},
        {"import_file_name": ""},
    ],
    ids=str,
)
def test_import_when_the_preview_is_gone_or_altered_then_back_to_the_start(
    alpha: Tenant, make_user: Callable[..., User], client_for: ClientFor, changes: dict[str, str]
) -> None:
    client = client_for(make_user("admin"))
    preview = upload(client, b"name,city\nNew yard,X\n")

    answer = confirm(client, preview, **changes)

    assert answer["Location"] == "/accounts/location/import/"


@pytest.mark.parametrize(
    "data, name, kind",
    [
        (b"x" * (5 * 1024 * 1024 + 1), "large.csv", 0),
        (bomb(), "bomb.xlsx", 1),
        (b"PK\x03\x04 no archive", "broken.xlsx", 1),
        (b"no workbook", "no.xlsx", 1),
        (b"\xff\xfe\x00\x00", "bytes.csv", 0),
        (b"name\n" + b"x\n" * 20_002, "rows.csv", 0),
        (b"unknown,columns\n1,2\n", "columns.csv", 0),
        (b"", "empty.csv", 0),
        (b'name,city\n"' + b"a" * 200_000, "quote.csv", 0),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_import_when_the_file_is_hostile_then_a_message_and_no_row(
    alpha: Tenant,
    make_user: Callable[..., User],
    client_for: ClientFor,
    enter: Any,
    data: bytes,
    name: str,
    kind: int,
) -> None:
    answer = upload(client_for(make_user("admin")), data, name, kind)

    assert answer.status_code == 200
    assert "confirm_form" not in (answer.context or {})
    enter("alpha")
    assert not Location.objects.exists()


def test_import_when_the_right_is_missing_then_refused(
    alpha: Tenant, make_user: Callable[..., User], client_for: ClientFor
) -> None:
    client = client_for(make_user("operator"))

    assert client.get("/accounts/location/import/").status_code == 403
    assert upload(client, b"name\nX\n").status_code == 403
    assert client.post("/accounts/location/process_import/", {}).status_code == 403
