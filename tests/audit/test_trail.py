"""The trail: what is recorded by itself, who it was, and that it stays as it is (ACC-07)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import ProgrammingError, connection, transaction

from apps.accounts.models import Location, User
from apps.accounts.services.users import limit_to_locations
from apps.audit.domain.kinds import Kind
from apps.audit.domain.secrets import HIDDEN
from apps.audit.models import Entry
from apps.audit.services.trail import record
from apps.core.origin import Origin, Way, came_from
from apps.core.schemas import run_in_schema
from apps.core.tasks import enqueue, tenant_task
from apps.emaid.models import Card
from apps.emaid.services import block_card
from apps.infrastructure.models import (
    CertificateAuthority,
    ChargePoint,
    SecurityPolicy,
    Station,
)
from apps.infrastructure.services.commands import request_command
from apps.infrastructure.services.stations import change_key, ensure_connector
from apps.ocpp.lanes.slow import as_charger
from apps.tenants.domain.products import Product
from apps.tenants.models import BookedProduct, Tenant
from apps.vocabulary.commands import Command
from tests.factories.base import NOW

pytestmark = pytest.mark.req("ACC-07")

MakeStation = Callable[..., Station]


def newest(obj: Any) -> Entry:
    return Entry.objects.filter(model=obj._meta.label_lower, object_id=str(obj.pk)).latest("pk")


def test_saved_when_a_field_changed_then_before_and_after(
    alpha: Tenant, make_location: Any
) -> None:
    location = make_location("Hof", city="Berlin")
    made = newest(location)
    location.city = "Bonn"
    location.save()
    changed = newest(location)

    assert made.kind == Kind.CREATED
    assert made.changes["city"] == [None, "Berlin"]
    assert changed.kind == Kind.CHANGED
    assert changed.changes == {"city": ["Berlin", "Bonn"]}
    assert changed.object_name == "Hof"
    assert changed.location_id == location.pk


def test_saved_when_nothing_changed_then_no_entry(alpha: Tenant, make_location: Any) -> None:
    location = make_location()
    before = Entry.objects.count()
    Location.objects.get(pk=location.pk).save()

    assert Entry.objects.count() == before


def test_saved_when_the_station_moves_then_both_locations_are_kept(
    alpha: Tenant, make_station: MakeStation, make_location: Any
) -> None:
    station, old, new = make_station(), make_location("Old"), make_location("New")
    Station.objects.filter(pk=station.pk).update(location=old)
    station.location = new
    station.save()
    entry = newest(station)

    assert entry.changes["location"][1] == {"id": new.pk, "name": "New"}
    assert (entry.moved_from_id, entry.location_id) == (old.pk, new.pk)


def test_update_when_rows_change_in_bulk_then_an_entry_each(
    alpha: Tenant, make_station: MakeStation
) -> None:
    stations = [make_station(is_public=False), make_station(is_public=True)]
    Station.objects.filter(pk__in=[row.pk for row in stations]).update(is_public=True)

    assert newest(stations[0]).changes == {"is_public": [False, True]}
    assert newest(stations[1]).kind == Kind.CREATED, "it was public before"


def test_bulk_update_when_rows_change_then_an_entry_each(
    alpha: Tenant, make_station: MakeStation
) -> None:
    stations = [make_station(), make_station()]
    for number, station in enumerate(stations):
        station.name = f"Number {number}"
    Station.objects.bulk_update(stations, ["name"])

    assert newest(stations[1]).changes == {"name": ["", "Number 1"]}


def test_bulk_create_when_rows_are_made_then_an_entry_each(alpha: Tenant) -> None:
    cards = Card.objects.bulk_create([Card(tag="AA"), Card(tag="BB")])

    assert [newest(card).kind for card in cards] == [Kind.CREATED] * 2
    with pytest.raises(TypeError, match="watched by the audit trail"):
        Card.objects.bulk_create([Card(tag="AA")], ignore_conflicts=True)


def test_update_when_the_station_reports_its_state_then_no_entry(
    alpha: Tenant, make_station: MakeStation
) -> None:
    station = make_station()
    before = Entry.objects.count()
    ChargePoint.objects.filter(station=station).update(status="available")
    Station.objects.filter(pk=station.pk).update(firmware_version="2.0")
    station.reported_vendor = "Somebody"
    station.save(update_fields=["reported_vendor"])

    assert Entry.objects.count() == before


def test_deleted_when_a_group_goes_then_the_entry_keeps_it(alpha: Tenant) -> None:
    group = Group.objects.create(name="Night shift")
    key = group.pk
    group.delete()
    entry = Entry.objects.get(model="auth.group", object_id=str(key), kind=Kind.DELETED)

    assert entry.object_name == "Night shift"
    assert entry.changes == {"name": ["Night shift", None]}


def test_many_when_permissions_change_then_both_lists(alpha: Tenant) -> None:
    group = Group.objects.create(name="Night shift")
    group.permissions.set(Permission.objects.filter(codename__in=["view_card", "change_card"]))
    group.permissions.remove(Permission.objects.get(codename="change_card"))
    entry = newest(group)

    assert entry.changes == {
        "permissions": [["emaid.change_card", "emaid.view_card"], ["emaid.view_card"]]
    }
    group.permissions.clear()
    assert newest(group).changes == {"permissions": [["emaid.view_card"], []]}


def test_many_when_a_user_is_added_from_the_groups_side_then_the_users_entry(
    alpha: Tenant, make_user: Any
) -> None:
    user, group = make_user("operator"), Group.objects.create(name="Night shift")
    group.user_set.add(user)

    assert newest(user).changes == {"groups": [["Operator"], ["Night shift", "Operator"]]}


def test_locations_when_a_user_is_limited_then_names_before_and_after(
    alpha: Tenant, make_user: Any, make_location: Any
) -> None:
    user, location = make_user("operator"), make_location("Hof")
    limit_to_locations(user, [location])
    entries = Entry.objects.filter(model="accounts.user", object_id=str(user.pk))

    assert {"locations": [None, ["Hof"]]} in [
        {name: [was or None, becomes] for name, (was, becomes) in entry.changes.items()}
        for entry in entries
    ]


def test_secrets_when_they_change_then_only_the_fact_is_told(
    alpha: Tenant, make_user: Any, make_station: MakeStation
) -> None:
    """S17, S18: no hash, key or password stands in the trail."""
    user, station = make_user("admin"), make_station()
    user.set_password("another long password")
    user.save()
    change_key(station, "a-key-of-their-own", generated=False, now=NOW)
    record(Kind.COMMAND, None, station, details={"key": "AuthorizationKey", "value": "4f5e6d"})

    assert newest(user).changes == {"password": [HIDDEN, HIDDEN]}
    assert Entry.objects.filter(changes__password_hash=[HIDDEN, HIDDEN]).exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(e::text, ' ') FROM audit_entry e")
        text = cursor.fetchone()[0]
    for secret in (user.password, station.password_hash, "4f5e6d"):
        assert secret not in text


def test_way_when_something_is_done_then_who_and_from_where(
    alpha: Tenant, make_user: Any, make_location: Any
) -> None:
    user = make_user("admin")
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"
    with came_from(
        Origin(way=Way.API, address="2001:db8::7", agent=agent, find_actor=lambda: user)
    ):
        entry = newest(make_location())

    assert (entry.way, entry.address, entry.agent) == ("api", "2001:db8::7", "Firefox 131, Linux")
    assert (entry.actor_id, entry.actor_name) == (user.pk, user.email)


def test_way_when_nobody_in_particular_did_it_then_the_system(
    alpha: Tenant, make_location: Any
) -> None:
    entry = newest(make_location())

    assert (entry.way, entry.actor_id, entry.actor_name) == ("system", None, "")


def test_actor_when_from_another_schema_then_a_name_without_a_key(
    alpha: Tenant, make_user: Any, make_location: Any
) -> None:
    user = make_user("admin")
    with came_from(Origin(way=Way.CONSOLE, schema="public", find_actor=lambda: user)):
        entry = newest(make_location())

    assert (entry.actor_id, entry.actor_name) == (None, user.email)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET actor_name = 'somebody else'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
    ],
)
@pytest.mark.parametrize("schema", ["alpha", "public", "tenant_template"])
def test_entries_when_somebody_wants_them_changed_then_the_database_refuses(
    db: None, statement: str, schema: str
) -> None:
    def attempt() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO audit_entry (happened_at, kind, way, actor_name, agent, model, "
                "object_id, object_name, part_of, changes, details) "
                "VALUES (now() - interval '9 years', 'created', 'system', '', '', '', '', '', '', "
                "'{}', '{}')"
            )
            with transaction.atomic():
                cursor.execute(statement)

    with pytest.raises(ProgrammingError, match="stay as they are"):
        run_in_schema(schema, attempt)


def test_products_when_the_platform_books_then_both_trails_tell(
    alpha: Tenant, make_user: Any
) -> None:
    operator = make_user("admin")
    with came_from(Origin(way=Way.CONSOLE, schema="public", find_actor=lambda: operator)):
        booking = run_in_schema(
            "public",
            BookedProduct.objects.create,
            tenant=alpha,
            product=Product.EMAID,
            starts_on=datetime(2027, 1, 1, tzinfo=UTC).date(),
        )
        theirs, ours = newest(booking), run_in_schema("public", newest, booking)

    assert ours.changes == theirs.changes
    assert ours.changes["product"] == [None, "emaid"]
    assert theirs.part_of == f"tenants.tenant:{alpha.pk}"
    assert (theirs.actor_id, theirs.actor_name) == (None, operator.email)


def test_commands_when_somebody_asks_then_an_entry_and_none_for_the_systems_own(
    alpha: Tenant, make_user: Any, make_station: MakeStation
) -> None:
    station, user = make_station(), make_user("operator")
    request_command(station, Command.TRIGGER_MESSAGE, {"message": "boot"}, actor=None, now=NOW)
    before = Entry.objects.filter(kind=Kind.COMMAND).count()
    request_command(station, Command.RESTART, {"hard": True}, actor=user, now=NOW)
    entry = newest(station)

    assert before == 0
    assert entry.details == {"command": "restart", "parameters": {"hard": True}}
    assert (entry.actor_id, entry.location_id) == (user.pk, station.location_id)


def test_tasks_when_somebody_queued_them_then_that_persons_entries(
    alpha: Tenant, make_user: Any, django_capture_on_commit_callbacks: Any
) -> None:
    user = make_user("admin")

    @tenant_task("tests.make_location")
    def make_one(site: str) -> None:
        Location.objects.create(name=site)

    origin = Origin(way=Way.PORTAL, schema="alpha", address="192.0.2.7", find_actor=lambda: user)
    with django_capture_on_commit_callbacks(execute=True), came_from(origin):
        enqueue("tests.make_location", site="By a task")
    entry = Entry.objects.get(model="accounts.location", object_name="By a task")

    assert (entry.way, entry.actor_id, entry.address) == ("task", user.pk, "192.0.2.7")


def test_security_when_policy_or_authority_change_or_go_then_before_and_after(
    alpha: Tenant,
) -> None:
    policy = SecurityPolicy.objects.create(operator_name="Volt")
    policy.shortest_password = 16
    policy.save()
    authority = CertificateAuthority.objects.create(name="Ours", certificate="PEM")
    CertificateAuthority.objects.filter(pk=authority.pk).update(is_trusted=False)
    distrusted = newest(authority)
    key = str(authority.pk)
    authority.delete()

    assert newest(policy).changes == {"shortest_password": [8, 16]}, "a length, no secret"
    assert newest(policy).object_name == "", "its kind is told in the reader's language"
    assert distrusted.changes == {"is_trusted": [True, False]}
    gone = Entry.objects.get(model="infrastructure.certificateauthority", kind=Kind.DELETED)
    assert (gone.object_id, gone.object_name) == (key, "Ours")


def test_cards_when_blocked_then_an_entry(alpha: Tenant) -> None:
    card = Card.objects.create(tag="04A2B3C4D5E680")
    block_card(card)

    assert newest(card).changes == {"is_blocked": [False, True]}


def test_entry_when_it_cannot_be_written_then_the_change_is_not_kept(
    alpha: Tenant, make_location: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    location = make_location("Hof")

    def fail(*args: Any) -> None:
        raise RuntimeError("no entry")

    monkeypatch.setattr("apps.audit.services.watch.save_entries", fail)
    location.name = "Yard"
    with pytest.raises(RuntimeError), transaction.atomic():
        location.save()
    with pytest.raises(RuntimeError), transaction.atomic():
        Location.objects.filter(pk=location.pk).update(name="Yard")

    assert Location.objects.get(pk=location.pk).name == "Hof"


def test_save_when_no_transaction_is_open_then_one_for_both(
    alpha: Tenant, make_location: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Django sends `post_save` after the transaction of `save`; ours must still be open."""
    seen = []
    location = make_location("Hof")
    monkeypatch.setattr(
        "apps.audit.services.watch.save_entries",
        lambda entries: seen.append(len(connection.atomic_blocks)),
    )
    location.name = "Yard"
    outside = len(connection.atomic_blocks)
    location.save()

    assert seen == [outside + 1]


def test_template_when_roles_are_made_then_its_trail_stays_empty(db: None) -> None:
    assert run_in_schema("tenant_template", Entry.objects.count) == 0


def test_log_in_when_it_succeeds_then_an_entry(alpha: Tenant, make_user: Any) -> None:
    from django.test import Client

    user: User = make_user("admin")
    client = Client(HTTP_HOST="alpha.localhost", HTTP_USER_AGENT="curl/8.0")
    client.post("/login/", {"username": user.email, "password": "correct horse battery"})
    logged_in = newest(user)
    client.post("/logout/")
    client.post("/login/", {"username": user.email, "password": "wrong"})
    failed = Entry.objects.latest("pk")

    assert (logged_in.kind, logged_in.way, logged_in.agent) == ("logged_in", "portal", "curl/8.0")
    assert (logged_in.actor_id, logged_in.address) == (user.pk, "127.0.0.1")
    assert newest(user).kind == Kind.LOGGED_OUT
    assert (failed.kind, failed.details) == ("login_failed", {"email": user.email})
    assert failed.actor_id is None


def test_way_when_a_charger_brings_a_connector_then_the_charger(
    alpha: Tenant, make_station: MakeStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The test's own connection instead of a lane's, which would not see the test's rows.
    monkeypatch.setattr("apps.ocpp.lanes.slow.in_schema", run_in_schema)
    station = make_station()
    as_charger("alpha", lambda: ensure_connector(station, 7))
    entry = Entry.objects.get(model="infrastructure.connector", changes__number=[None, 7])

    assert (entry.way, entry.actor_name) == ("charger", "")
