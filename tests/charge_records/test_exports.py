"""Files of charge records: as filtered, the same at once and as a job, for whoever may see them."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from apps.accounts.models import Location, User
from apps.accounts.services.users import limit_to_locations
from apps.audit.models import Entry
from apps.charge_records.models import ChargeRecord, ChargingSession
from apps.charge_records.views import exports as views
from apps.infrastructure.models import ChargePoint, Station
from apps.jobs.domain.kinds import kind_of
from apps.jobs.models import Job
from apps.jobs.selectors import sentence
from apps.jobs.services import jobs, runs, tables
from apps.portal import exports
from apps.tenants.models import Tenant
from tests.conftest import make_client
from tests.factories.pages import HOSTILE, log_in, make_record

pytestmark = [pytest.mark.req("CDR-10"), pytest.mark.django_db]

MakeUser = Callable[..., User]
MakeStation = Callable[..., Station]
CSV = "/charge_records/chargerecord/export-csv/"
XLSX = "/charge_records/chargerecord/export-xlsx/"

NASTY = (
    "=1+1",
    "'=1+1",
    "+49 30",
    "-5",
    "-5,5",
    "-٣",
    "@SUM(A1)",
    "\t=1",
    "\xa0=1",
    "\u3000＋1",
    "＝1",
    "\x1c=1",
    "a\x01b\x0b\x1f",
    "\x07=1",
    'say "no"',
    "semi;colon",
    "two\nlines",
    "two\r\nlines\r",
    "\\.",
    "\\N",
    "ÄÖÜ ß € 漢字 😀",
    " leading",
    "trailing ",
    "%s %(x)s {0}",
    "''",
    "'",
    "=",
    "12345678",
    "1234567",
    "x" * 255,
    HOSTILE,
)
MOMENTS = (
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),  # 02:30 in Berlin, for the first time
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC),  # and for the second
    datetime(2026, 3, 29, 0, 59, 59, 999_999, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(1890, 6, 1, 12, 0, tzinfo=UTC),  # local mean time: +00:53:28
    datetime(2999, 7, 1, tzinfo=UTC),
)


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def as_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one record be too many for a direct file, and two for a slice."""
    monkeypatch.setattr(exports, "MAX_ROWS", 0)
    monkeypatch.setattr(tables, "SLICE", 2)
    monkeypatch.setattr(tables, "WORKBOOK_SLICE", 2)
    monkeypatch.setattr(runs, "TOLD_EVERY_S", 0.0)


@pytest.fixture
def nasty_records(alpha: Tenant, make_station: MakeStation) -> None:
    """Records whose texts, numbers and times are as bad as the columns allow."""
    for place, text in enumerate(NASTY):
        station = make_station()
        Location.objects.filter(pk=station.location_id).update(
            name=f"{text[:100]}{place}", street=text[:200], city=""
        )
        ChargePoint.objects.filter(station=station).update(evse_id=text[:48])
        record = make_record(
            station,
            id_tag=text,
            emaid=text[:18],
            energy_wh=-(10**12) - place,
            duration_s=-1,
        )
        ChargingSession.objects.filter(pk=record.session_id).update(stop_reason=text[:64])
    for moment in MOMENTS:
        record = make_record(make_station(), started_at=moment, emaid="DEABCC00000001")
        ChargeRecord.objects.filter(pk=record.pk).update(charge_point=None, id_tag="")
        ChargingSession.objects.filter(pk=record.session_id).update(meter_stop_wh=None)


def table_for(user: User, query: str) -> tables.Table:
    """Return the table of all records that the user sees, of years that no filter reaches, too."""
    request = HttpRequest()
    request.method = "GET"
    request.GET = QueryDict(query)  # type: ignore[assignment]
    request.user = user
    found = views.table(request, timezone.now())
    rows = views.selectors.with_details(ChargeRecord.objects.visible_to(user, "export"))
    if "emaid" in query:
        rows = rows.exclude(emaid="")
    return tables.Table(found.name, found.columns, rows, found.order)


def hide_drivers(user: User) -> None:
    """Take the right to see drivers from the user's group."""
    group = user.groups.get()
    group.permissions.remove(*group.permissions.filter(codename="view_driveridentity"))


def job_file(user: User, table: tables.Table, write: Callable[..., Any]) -> bytes:
    """Return what the job's code writes for the table."""
    job = Job(kind=views.JOB, requested_by=user, run_key="a" * 32)
    run = runs.Run(job, user)
    run.advance = lambda *_args: None  # type: ignore[method-assign]
    write(run, table)
    path = tables.folder() / job.run_key
    content = path.read_bytes()
    path.unlink()
    return content


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/St_Johns", "Africa/Monrovia", "UTC"])
@pytest.mark.parametrize("query", ["", "tab=emaid"])
@pytest.mark.usefixtures("nasty_records", "as_jobs")
def test_csv_when_made_as_a_job_then_byte_for_byte_as_at_once(
    make_user: MakeUser, query: str, zone: str
) -> None:
    user = make_user()
    table = table_for(user, query)
    with timezone.override(zone):
        rows = table.rows.order_by(*table.order)
        at_once = exports.csv_response(table.name, table.columns, rows).content
        as_job = job_file(user, table, tables.write_csv)

    assert as_job == at_once
    assert as_job.startswith(b"\xef\xbb\xbf")
    assert at_once.count(b"\r\n") > len(NASTY)


@pytest.mark.usefixtures("nasty_records", "as_jobs")
def test_csv_when_drivers_are_hidden_then_masked_alike_in_a_job(
    make_station: MakeStation, make_user: MakeUser
) -> None:
    make_record(make_station(), id_tag="0A1B2C3D4E5F78")
    user = make_user()
    hide_drivers(user)
    table = table_for(user, "")
    at_once = exports.csv_response(
        table.name, table.columns, table.rows.order_by(*table.order)
    ).content
    as_job = job_file(user, table, tables.write_csv)

    assert as_job == at_once
    assert "••••78" in as_job.decode()
    assert b"0A1B2C3D4E5F78" not in as_job


@pytest.mark.usefixtures("nasty_records", "as_jobs")
def test_xlsx_when_made_as_a_job_then_the_same_cells_as_at_once(make_user: MakeUser) -> None:
    user = make_user()
    table = table_for(user, "tab=emaid")
    # Excel knows no year before 1900.
    table = tables.Table(
        table.name, table.columns, table.rows.filter(started_at__year__gt=1900), table.order
    )
    at_once = exports.xlsx_response(
        table.name, table.columns, table.rows.order_by(*table.order)
    ).content
    as_job = job_file(user, table, tables.write_xlsx)

    assert cells(as_job) == cells(at_once)
    assert len(cells(as_job)) > len(NASTY)


def cells(content: bytes) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))


def test_export_when_few_match_then_at_once(
    alpha: Tenant, make_station: MakeStation, make_user: MakeUser
) -> None:
    make_record(make_station())
    response = log_in(make_user()).get(CSV)

    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert not Job.objects.exists()


def fetched(client: Any) -> bytes:
    """Return the file of the newest job."""
    job = Job.objects.first()
    assert job is not None
    response = client.get(f"/jobs/job/{job.pk}/file/")
    assert response.status_code == 200, sentence(job)
    return b"".join(response.streaming_content)


@pytest.mark.usefixtures("as_jobs")
@pytest.mark.parametrize("address", [CSV, XLSX])
def test_export_when_many_match_then_a_job_and_its_file_as_filtered(
    alpha: Tenant,
    make_station: MakeStation,
    make_user: MakeUser,
    django_capture_on_commit_callbacks: Any,
    address: str,
) -> None:
    wanted, other = make_station("WANTED-1"), make_station("OTHER-1")
    for _index in range(5):
        make_record(wanted)
        make_record(other)
    client = log_in(make_user())
    with django_capture_on_commit_callbacks(execute=True):
        response = client.get(f"{address}?station={wanted.pk}&period=7d", follow=True)

    assert "made in the background" in response.content.decode()
    content = fetched(client)
    if address == XLSX:
        content = "\n".join(str(row) for row in cells(content)).encode()
    lines = content.splitlines()
    assert sum(b"WANTED-1" in line for line in lines) == 5
    assert not any(b"OTHER-1" in line for line in lines)
    entry = Entry.objects.filter(kind="exported").get()
    assert entry.details["rows"] == 5
    assert f"station={wanted.pk}" in entry.details["filter"]
    assert entry.actor_id == Job.objects.get().requested_by_id


@pytest.mark.usefixtures("as_jobs")
def test_export_when_made_as_a_job_then_nothing_of_other_locations_and_tenants(
    alpha: Tenant,
    make_station: MakeStation,
    make_user: MakeUser,
    django_capture_on_commit_callbacks: Any,
) -> None:
    own, other = make_station("OWN-1"), make_station("FOREIGN-1")
    make_record(own)
    make_record(other)
    connection.set_tenant(Tenant.objects.get(schema_name="beta"))
    make_record(make_station("FOREIGN-2"))
    connection.set_tenant(alpha)
    client = log_in(make_user(locations=[own.location]))
    with django_capture_on_commit_callbacks(execute=True):
        client.get(CSV)
    content = fetched(client)

    assert b"OWN-1" in content
    assert b"FOREIGN" not in content
    foreign = make_client(make_user(), "alpha.localhost")
    assert foreign.get(f"/jobs/job/{Job.objects.get().pk}/file/").status_code == 404


@pytest.mark.usefixtures("as_jobs")
def test_export_when_the_locations_change_before_it_runs_then_as_of_then(
    alpha: Tenant, make_station: MakeStation, make_user: MakeUser
) -> None:
    own, other = make_station("OWN-1"), make_station("FOREIGN-1")
    make_record(own)
    make_record(other)
    user = make_user()
    job = jobs.start(views.JOB, user, {"query": "", "ending": "csv"}, now=timezone.now())
    limit_to_locations(user, [own.location])
    runs.run(job.pk)
    content = fetched(log_in(User.objects.get(pk=user.pk)))

    assert b"OWN-1" in content
    assert b"FOREIGN" not in content


def test_export_when_the_person_has_no_right_then_refused(
    alpha: Tenant, make_user: MakeUser
) -> None:
    user = make_user()
    user.groups.clear()

    assert log_in(user).get(CSV).status_code == 403
    assert not Job.objects.exists()


def test_emaid_file_when_drivers_are_hidden_then_without_rows(
    alpha: Tenant, make_station: MakeStation, make_user: MakeUser
) -> None:
    make_record(make_station(), emaid="DEABCC00000001")
    user = make_user()
    hide_drivers(user)
    text = log_in(user).get(f"{CSV}?tab=emaid").content.decode()

    assert len(text.splitlines()) == 1


def test_emaid_file_when_asked_for_then_by_contract_with_what_billing_needs(
    alpha: Tenant, make_station: MakeStation, make_user: MakeUser
) -> None:
    station = make_station()
    for emaid in ("DEXYZC00000009", "DEABCC00000001", "", "DEABCC00000001"):
        make_record(station, emaid=emaid)
    lines = log_in(make_user()).get(f"{CSV}?tab=emaid").content.decode("utf-8-sig").splitlines()
    head, rows = lines[0].split(";"), [line.split(";") for line in lines[1:]]

    assert [row[head.index("emaid")] for row in rows] == [
        "DEABCC00000001",
        "DEABCC00000001",
        "DEXYZC00000009",
    ]
    assert {row[head.index("provider")] for row in rows} == {"DEABC", "DEXYZ"}
    needed = {"start", "end", "duration_s", "energy_wh", "street", "city", "evse_id", "medium"}
    assert needed | {"bdr_status", "eka", "transaction"} <= set(head)


@pytest.mark.usefixtures("as_jobs")
def test_xlsx_when_there_are_more_rows_than_excel_has_then_refused_in_words(
    alpha: Tenant, make_station: MakeStation, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "XLSX_MAX_ROWS", 1)
    make_record(make_station())
    make_record(make_station())
    job = jobs.start(views.JOB, make_user(), {"query": "", "ending": "xlsx"}, now=timezone.now())
    runs.run(job.pk)
    job.refresh_from_db()

    assert job.state == "failed"
    assert "more than 1 rows" in str(sentence(job))
    assert not list(tables.folder().iterdir())


@pytest.mark.usefixtures("as_jobs")
def test_slices_when_rows_come_meanwhile_then_none_twice_and_none_lost(
    alpha: Tenant, make_station: MakeStation, make_user: MakeUser
) -> None:
    station, now = make_station(), timezone.now()
    there = [make_record(station, started_at=now - timedelta(hours=hour)).pk for hour in range(7)]
    user = make_user()
    found: list[int] = []
    table = table_for(user, "")
    for part in tables.slices(table, 2):
        found += part.values_list("pk", flat=True)
        make_record(station, started_at=now + timedelta(minutes=len(found)))

    assert found == there


def test_kind_when_the_portal_starts_then_known() -> None:
    assert kind_of(views.JOB) is not None
