"""The pages of the trail: who may read what, filters, files, history (ACC-07, S5, S6, S17)."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.domain.kinds import Kind
from apps.audit.models import Entry
from apps.audit.services.retention import drop_old_entries
from apps.audit.services.trail import record
from apps.core.schemas import run_in_schema
from apps.emaid.models import Card
from apps.tenants.models import Tenant
from tests.factories.pages import log_in

pytestmark = pytest.mark.req("ACC-07")

LIST = "/audit/entry/"
MakeUser = Callable[..., User]


def text_of(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def test_list_when_admin_then_what_was_done_with_before_and_after(
    alpha: Tenant, make_user: MakeUser, make_location: Any
) -> None:
    location = make_location("Hof", city="Berlin")
    location.city = "Bonn"
    location.save()
    text = text_of(log_in(make_user("admin")), LIST)

    assert "Hof" in text
    assert "<del>Berlin</del>" in text
    assert "Bonn" in text


@pytest.mark.parametrize("path", [LIST, f"{LIST}export-csv/", f"{LIST}export-xlsx/"])
def test_list_when_without_the_right_then_refused(
    alpha: Tenant, make_user: MakeUser, path: str
) -> None:
    assert log_in(make_user("operator")).get(path).status_code == 403


def test_list_when_signed_out_then_to_the_log_in(alpha: Tenant) -> None:
    response = Client(HTTP_HOST="alpha.localhost").get(LIST)

    assert response.status_code == 302
    assert response["Location"].startswith("/login/")


def test_list_when_limited_to_locations_then_only_what_stands_there(
    alpha: Tenant, make_user: MakeUser, make_location: Any, make_station: Any
) -> None:
    here, elsewhere = make_location("Here"), make_location("Elsewhere")
    ours, theirs = make_station(location=here), make_station(location=elsewhere)
    moved = make_station(location=elsewhere)
    moved.location = here
    moved.save()
    somebody = make_user("operator")
    user = make_user("operator", locations=[here])
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["view_entry", "export_entry"])
    )
    client = log_in(user)
    foreign = Entry.objects.filter(object_id=str(theirs.pk), model="infrastructure.station").first()

    for path in (LIST, f"{LIST}export-csv/"):
        text = text_of(client, path)
        assert ours.charge_box_id in text
        assert theirs.charge_box_id not in text
        assert "Elsewhere" not in text, "a move tells of both ends"
        assert somebody.email not in text, "people stand at no location"
    assert foreign is not None
    assert client.get(f"{LIST}{foreign.pk}/change/").status_code == 404
    assert Entry.objects.filter(moved_from_id=elsewhere.pk, location_id=here.pk).exists()


def test_list_when_another_tenant_acts_then_nothing_of_it(
    alpha: Tenant, make_user: MakeUser
) -> None:
    beta = run_in_schema("public", Tenant.objects.get, schema_name="beta")
    run_in_schema("beta", Card.objects.create, tag="BETAS-CARD")
    text = text_of(log_in(make_user("admin")), f"{LIST}?period=12m")

    assert beta.schema_name == "beta"
    assert "BETAS-CARD" not in text
    assert run_in_schema("beta", Entry.objects.filter(object_name="BETAS-CARD").exists)


@pytest.mark.parametrize("change", ["add/", "1/delete/", "1/change/"])
def test_entry_when_an_admin_wants_to_write_then_refused(
    alpha: Tenant, make_user: MakeUser, change: str
) -> None:
    user = make_user("admin")
    user.is_superuser = True
    user.save()
    entry = record(Kind.UNLOCKED, user, user)
    client = log_in(user)
    path = LIST + change.replace("1/", f"{entry.pk}/")
    response = client.post(path, {"post": "yes", "actor_name": "nobody", "_save": "1"})

    assert response.status_code in {403, 200}
    assert Entry.objects.get(pk=entry.pk).actor_name == user.email


def filtered(client: Client, query: str) -> set[str]:
    text = text_of(client, f"{LIST}?{query}")
    return {name for name in ("Ada-Site", "Bob-Site", "Card-1") if f"<span>{name}" in text}


def test_filters_when_set_then_only_what_they_leave(
    alpha: Tenant, make_user: MakeUser, make_location: Any
) -> None:
    ada = make_user("admin", first_name="Ada", email="ada@example.com")
    bob = make_user("admin", first_name="Bob", email="bob@example.com")
    record(Kind.CHANGED, ada, make_location("Ada-Site"), before={"a": 1}, after={"a": 2})
    record(Kind.CHANGED, bob, make_location("Bob-Site"), before={"a": 1}, after={"a": 2})
    old = record(
        Kind.COMMAND, ada, Card.objects.create(tag="Card-1"), at=timezone.now() - timedelta(days=60)
    )
    Card.objects.all().delete()
    client = log_in(make_user("admin"))
    this = f"model={old.model}&id={old.object_id}"

    assert filtered(client, "person=Ada&kind=changed") == {"Ada-Site"}
    assert filtered(client, "person=bob@example.com") == {"Bob-Site"}
    assert filtered(client, "search=ada-") == {"Ada-Site"}
    assert filtered(client, "model=accounts.location") == {"Ada-Site", "Bob-Site"}
    assert filtered(client, "kind=command") == set(), "60 days ago"
    assert filtered(client, f"period=90d&kind=command&{this}") == {"Card-1"}
    assert filtered(client, "way=console") == set()


def test_list_when_there_are_many_then_paged_by_key_in_few_queries(
    alpha: Tenant, make_user: MakeUser, make_location: Any
) -> None:
    user, location = make_user("admin"), make_location("Hof")
    now = timezone.now()
    for number in range(120):
        record(
            Kind.CHANGED,
            user,
            location,
            before={"name": number},
            after={"name": number + 1},
            at=now - timedelta(seconds=number),
        )
    client = log_in(user)
    client.get(LIST)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        first = text_of(client, LIST)
    older = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    second = text_of(client, LIST + older.replace("&amp;", "&"))

    assert len(queries) <= 25
    assert not any("COUNT(" in query["sql"] for query in queries)
    assert "<del>60</del>" in second
    assert "<del>60</del>" not in first


def test_files_when_exported_then_as_filtered_and_told_themselves(
    alpha: Tenant, make_user: MakeUser, make_location: Any
) -> None:
    user = make_user("admin")
    make_location("=Yard", city="Bonn")
    make_location("Hof")
    client = log_in(user)
    csv = client.get(f"{LIST}export-csv/?search=%3Dyard").content.decode()
    book = openpyxl.load_workbook(
        io.BytesIO(client.get(f"{LIST}export-xlsx/?search=%3Dyard").content)
    )
    told = Entry.objects.filter(kind=Kind.EXPORTED).latest("pk")

    assert "'=Yard" in csv, "never a formula (S15)"
    assert "Hof" not in csv
    assert "City: – → Bonn" in csv
    assert book.active.max_row == 3, "ids, titles, one row"
    assert told.details == {"file": "audit-trail.xlsx", "rows": 1, "filter": "search=%3Dyard"}
    assert told.actor_id == user.pk


def test_cards_when_the_reader_may_not_see_drivers_then_masked(
    alpha: Tenant, make_user: MakeUser
) -> None:
    Card.objects.create(tag="04A2B3C4D5E680", label="Ada's card")
    record(Kind.COMMAND, None, None, details={"parameters": {"id_tag": "04A2B3C4D5E680"}})
    reader = make_user("operator")
    reader.groups.clear()
    reader.user_permissions.set(
        Permission.objects.filter(codename__in=["view_entry", "export_entry"])
    )
    client = log_in(reader)

    for path in (LIST, f"{LIST}export-csv/"):
        text = text_of(client, path)
        assert "04A2B3C4D5E680" not in text
        assert "Ada" not in text
    assert "04A2B3C4D5E680" in text_of(log_in(make_user("admin")), LIST)


def test_history_when_an_object_is_opened_then_its_entries_and_those_of_its_parts(
    alpha: Tenant, make_user: MakeUser, make_station: Any
) -> None:
    station, other = make_station(), make_station()
    station.name = "Gate 4"
    station.save()
    charge_point = station.charge_points.get()
    charge_point.evse_id = "DE*ABC*E1"
    charge_point.save()
    path = f"/infrastructure/station/{station.pk}/history/"
    text = text_of(log_in(make_user("admin")), path)
    plain = text_of(log_in(make_user("operator")), path)

    assert "Gate 4" in text
    assert "DE*ABC*E1" in text
    assert other.charge_box_id not in text
    assert "Gate 4" in plain
    assert "/audit/entry/" not in plain, "no way into the trail without its right"


def test_history_when_the_object_stands_elsewhere_then_not_found(
    alpha: Tenant, make_user: MakeUser, make_location: Any, make_station: Any
) -> None:
    station = make_station(location=make_location("Elsewhere"))
    user = make_user("operator", locations=[make_location("Here")])

    response = log_in(user).get(f"/infrastructure/station/{station.pk}/history/")

    assert response.status_code == 404


def test_retention_when_entries_are_old_then_only_those_go(
    alpha: Tenant, make_user: MakeUser, settings: Any
) -> None:
    now = timezone.now()
    for days in (2000, 1096, 1094, 400):
        record(Kind.UNLOCKED, None, make_user("operator"), at=now - timedelta(days=days))

    assert drop_old_entries(now=now) == 2
    settings.AUDIT_KEPT_DAYS = 30
    assert drop_old_entries(now=now) == 2, "what is older than a year"
    assert not Entry.objects.filter(happened_at__lt=now - timedelta(days=366)).exists()
    assert Entry.objects.exists(), "the users were made today"


def test_entry_when_opened_then_every_field_and_the_way_to_the_object(
    alpha: Tenant, make_user: MakeUser, make_station: Any
) -> None:
    station = make_station()
    entry = Entry.objects.get(model="infrastructure.station", object_id=str(station.pk))
    text = text_of(log_in(make_user("admin")), f"{LIST}{entry.pk}/change/")

    assert f'href="/infrastructure/station/{station.pk}/change/"' in text
    assert "Installed" in text
    assert station.password_hash not in text
