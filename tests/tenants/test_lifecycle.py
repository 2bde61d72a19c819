"""Suspending and deleting tenants, and the archive of their data (TEN-05, TEN-01)."""

import json
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import schema_exists

from apps.accounts.models import Location, User
from apps.accounts.services.users import ensure_user
from apps.audit.models import Entry
from apps.core.schemas import run_in_schema
from apps.tenants.domain.archives import is_archived, secret_columns
from apps.tenants.models import ChargeBoxRoute, DataArchive, Host, Tenant
from apps.tenants.services import archives, lifecycle
from apps.tenants.services.provisioning import create_tenant
from apps.tenants.services.routes import claim_charge_box_id

pytestmark = pytest.mark.req("TEN-05")


@pytest.fixture
def gamma(operator: User, settings: Any, tmp_path: Path) -> Tenant:
    """A tenant that may go, with its files in a folder of the test's own."""
    settings.MEDIA_ROOT, settings.DATA_DIR = tmp_path / "media", tmp_path
    tenant = create_tenant(
        "gamma", name="Gamma", hosts=["gamma.localhost"], hue=30, today=date(2026, 1, 1)
    )
    claim_charge_box_id(tenant, "GAMMA-1", 1)
    run_in_schema("gamma", Location.objects.create, name='Yard "Ö" \\ 1\n2', city="Bonn")
    for name in ("brands/gamma/logo.svg", "gamma/note.txt"):
        path = tmp_path / "media" / name
        path.parent.mkdir(parents=True)
        path.write_text("kept")
    return tenant


def page(row: Tenant, path: str) -> str:
    return f"/tenants/tenant/{row.pk}/{path}"


def test_suspend_when_done_then_nobody_finds_the_portal_until_it_is_resumed(
    console: Client, gamma: Tenant
) -> None:
    portal = Client(HTTP_HOST="gamma.localhost")
    assert portal.get("/login/").status_code == 200
    console.post(page(gamma, "suspend/"))
    assert portal.get("/login/").status_code == 404
    console.post(page(gamma, "resume/"))
    assert portal.get("/login/").status_code == 200
    for schema in ("public", "gamma"):
        changes = run_in_schema(
            schema,
            lambda: list(
                Entry.objects.filter(model="tenants.tenant", kind="changed").values_list(
                    "changes", "actor_name"
                )
            ),
        )
        assert ({"is_suspended": [False, True]}, "root@chargeyard.example") in changes


@pytest.mark.parametrize(
    "body",
    [
        {"typed_name": "gamma", "days": 30},
        {"typed_name": "delta", "days": 30, "is_sure": "on"},
        {"typed_name": "gamma", "days": 6, "is_sure": "on"},
        {"typed_name": "gamma", "days": 366, "is_sure": "on"},
    ],
)
def test_deletion_when_not_confirmed_twice_then_nothing_is_planned(
    console: Client, gamma: Tenant, body: dict[str, Any]
) -> None:
    assert console.post(page(gamma, "deletion/"), body).status_code == 200
    gamma.refresh_from_db()
    assert (gamma.delete_after, gamma.is_suspended) == (None, False)


def test_deletion_when_planned_then_it_waits_and_can_be_taken_back(
    console: Client, gamma: Tenant
) -> None:
    body = {"typed_name": "gamma", "days": 7, "is_sure": "on"}
    assert console.post(page(gamma, "deletion/"), body).status_code == 302
    gamma.refresh_from_db()
    now = timezone.now()

    assert gamma.is_suspended
    assert gamma.delete_after is not None
    assert timedelta(days=6, hours=23) < gamma.delete_after - now < timedelta(days=7)
    assert lifecycle.due_for_deletion(now=now) == []
    with pytest.raises(lifecycle.NotDue):
        lifecycle.delete_tenant(gamma, now=now)
    console.post(page(gamma, "resume/"))
    gamma.refresh_from_db()
    assert (gamma.delete_after, gamma.is_suspended) == (None, False)
    assert lifecycle.due_for_deletion(now=now + timedelta(days=8)) == []


def test_deletion_when_the_wait_is_over_then_all_of_it_goes_and_nothing_else(
    gamma: Tenant, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    now = timezone.now()
    lifecycle.plan_deletion(gamma, typed_name="gamma", days=7, now=now)
    later = now + timedelta(days=7)
    (due,) = lifecycle.due_for_deletion(now=later)
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.delete_tenant(due, now=later)

    assert not schema_exists("gamma")
    assert not Tenant.objects.filter(schema_name="gamma").exists()
    assert not Host.objects.filter(domain="gamma.localhost").exists()
    assert not ChargeBoxRoute.objects.filter(charge_box_id="GAMMA-1").exists()
    assert not list((tmp_path / "media").rglob("*.svg"))
    assert not (tmp_path / "media" / "gamma").exists()
    assert schema_exists("alpha")
    assert Entry.objects.filter(
        model="tenants.tenant", kind="deleted", object_name="Gamma"
    ).exists()


def test_deletion_when_by_djangos_own_page_then_refused(console: Client, gamma: Tenant) -> None:
    assert console.post(page(gamma, "delete/"), {"post": "yes"}).status_code == 403
    assert Tenant.objects.filter(pk=gamma.pk).exists()


def lines(file: zipfile.ZipFile, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read(name).decode().splitlines()]


def test_archive_when_made_then_every_table_and_file_without_secrets(
    console: Client, gamma: Tenant, tmp_path: Path
) -> None:
    """S17: what is handed out holds no password, key or session."""
    user = run_in_schema(
        "gamma", ensure_user, "ada@gamma.example", password="correct horse battery", role="admin"
    )
    archive = DataArchive.objects.create(
        tenant=gamma, asked_by="root@chargeyard.example", asked_at=timezone.now()
    )
    archives.make_archive(archive.pk)
    archive.refresh_from_db()
    assert (archive.state, archive.error) == ("done", "")
    with zipfile.ZipFile(tmp_path / "archives" / archive.path) as file:
        names = file.namelist()
        whole = b"".join(file.read(name) for name in names).decode()
        (location,) = lines(file, "tables/accounts_location.jsonl")
        people = lines(file, "tables/accounts_user.jsonl")
        hosts = lines(file, "platform/tenants_host.jsonl")
        number = sum(len(lines(file, name)) for name in names if name.endswith(".jsonl"))

    assert location["name"] == 'Yard "Ö" \\ 1\n2'
    assert [person["email"] for person in people] == ["ada@gamma.example"]
    assert "password" not in people[0]
    assert user.password not in whole
    assert [host["domain"] for host in hosts] == ["gamma.localhost"]
    assert {"files/brands/gamma/logo.svg", "files/gamma/note.txt"} <= set(names)
    assert "tables/django_session.jsonl" not in names
    assert "alpha.localhost" not in whole
    assert archive.rows == number
    assert (tmp_path / "archives" / archive.path).stat().st_mode & 0o077 == 0

    answer = console.get(page(gamma, f"archive/file/?archive={archive.pk}"))
    assert b"".join(answer.streaming_content).startswith(b"PK")  # type: ignore[attr-defined]
    for schema in ("public", "gamma"):
        assert run_in_schema(
            schema, Entry.objects.filter(kind="exported", details__rows=number).exists
        )


def test_archive_when_asked_for_twice_then_one_is_made(
    console: Client, gamma: Tenant, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=False):
        console.post(page(gamma, "archive/make/"))
        console.post(page(gamma, "archive/make/"))

    assert DataArchive.objects.filter(tenant=gamma).count() == 1


@pytest.mark.parametrize("number", ["", "x", "999999", "9" * 30])
def test_archive_when_there_is_none_of_that_number_then_not_found(
    console: Client, gamma: Tenant, number: str
) -> None:
    assert console.get(page(gamma, f"archive/file/?archive={number}")).status_code == 404


def test_archive_when_of_another_tenant_then_not_found(console: Client, gamma: Tenant) -> None:
    archive = DataArchive.objects.create(
        tenant=gamma, asked_by="root@chargeyard.example", asked_at=timezone.now()
    )
    archives.make_archive(archive.pk)
    alpha = Tenant.objects.get(schema_name="alpha")

    assert console.get(page(alpha, f"archive/file/?archive={archive.pk}")).status_code == 404
    assert console.get(page(gamma, f"archive/file/?archive={archive.pk}")).status_code == 200


def test_archive_when_a_week_old_then_the_file_goes(gamma: Tenant, tmp_path: Path) -> None:
    archive = DataArchive.objects.create(
        tenant=gamma, asked_by="root@chargeyard.example", asked_at=timezone.now()
    )
    archives.make_archive(archive.pk)
    now = timezone.now()

    assert archives.drop_old_archives(now=now) == 0
    assert archives.drop_old_archives(now=now + timedelta(days=8)) == 1
    archive.refresh_from_db()
    assert archive.state == "gone"
    assert not list((tmp_path / "archives").glob("*.zip"))


@pytest.mark.parametrize(
    "columns, secret",
    [
        (["id", "email", "password"], ["password"]),
        (
            ["password_hash", "next_password_hash", "public_key"],
            ["password_hash", "next_password_hash"],
        ),
        (["totp_secret", "session_token", "name"], ["totp_secret", "session_token"]),
    ],
)
def test_archive_when_columns_hold_secrets_then_they_stay_out(
    columns: list[str], secret: list[str]
) -> None:
    assert secret_columns(columns) == secret
    assert not is_archived("django_session")
    assert not is_archived("mfa_authenticator")
    assert is_archived("audit_entry")
