"""Locations below locations: three levels, and who sees one sees what is part of it (ACC-03)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.accounts.models import Location, User
from apps.accounts.models.scope import accessible_locations
from apps.accounts.selectors import in_tree_order, location_path, members
from apps.charge_records.models import ChargeRecord
from apps.core.live import group_name
from apps.infrastructure.models import Station
from apps.portal.live import Visitor, find_groups
from apps.tenants.context import run_in_schema
from apps.tenants.models import Tenant
from tests.factories.pages import make_record, make_total
from tests.portal.test_live import session_of

pytestmark = pytest.mark.req("ACC-03")

MakeUser = Callable[..., User]
ClientOf = Callable[..., Client]
Tree = dict[str, Location]


@pytest.fixture
def tree(alpha: Tenant) -> Tree:
    """Harbour > Quay > Pier and Harbour > Shed; Airport by itself."""
    made: Tree = {}
    for name, parent in (
        ("Harbour", None),
        ("Quay", "Harbour"),
        ("Pier", "Quay"),
        ("Shed", "Harbour"),
        ("Airport", None),
    ):
        above = made[parent] if parent else None
        made[name] = Location.objects.create(name=name, parent=above)
    return made


@pytest.mark.parametrize(
    "granted, seen",
    [
        (["Harbour"], {"Harbour", "Quay", "Pier", "Shed"}),
        (["Quay"], {"Quay", "Pier"}),
        (["Pier"], {"Pier"}),
        (["Pier", "Airport"], {"Pier", "Airport"}),
        ([], set()),
    ],
)
def test_tree_when_a_location_is_granted_then_its_parts_are_seen_and_nothing_above(
    tree: Tree, make_user: MakeUser, granted: list[str], seen: set[str]
) -> None:
    user = make_user(locations=[tree[name] for name in granted])

    assert {location.name for location in accessible_locations(user)} == seen
    assert {location.name for location in Location.objects.visible_to(user)} == seen


def test_pages_when_limited_to_the_middle_then_lists_counts_exports_and_search_show_its_parts_only(
    tree: Tree, make_user: MakeUser, make_station: Callable[..., Station], client_of: ClientOf
) -> None:
    for name, location in tree.items():
        station = make_station(f"BOX-{name}", location=location)
        make_record(station)
        make_total(station, energy_wh=1_000_000)
    client = client_of(make_user("admin", locations=[tree["Quay"]]))

    for path in (
        "/infrastructure/station/",
        "/infrastructure/station/export-csv/",
        "/infrastructure/chargepoint/",
        "/charge_records/chargerecord/",
        "/accounts/location/",
        "/search/?s=BOX&extended=1",
        "/",
    ):
        text = client.get(path).content.decode()
        for hidden in ("Harbour", "Shed", "Airport"):
            assert hidden not in text, path
    stations = client.get("/infrastructure/station/").content.decode()
    assert "BOX-Quay" in stations
    assert "BOX-Pier" in stations
    assert "2,000.0" in client.get("/").content.decode()
    connection.set_tenant(Tenant.objects.get(schema_name="alpha"))
    user = User.objects.get(is_limited_to_locations=True)
    assert ChargeRecord.objects.visible_to(user).count() == 2


def test_socket_when_limited_to_the_middle_then_it_hears_its_parts_only(
    tree: Tree, make_user: MakeUser
) -> None:
    key = session_of(make_user(locations=[tree["Quay"]]))
    host = "alpha.localhost"

    heard = run_in_schema("public", find_groups, Visitor(host, host, key))

    expected = {group_name("alpha", tree[name].pk) for name in ("Quay", "Pier")}
    assert heard == expected | {group_name("alpha", None)}


def test_location_page_when_limited_then_what_lies_above_is_not_told(
    tree: Tree, make_user: MakeUser, client_of: ClientOf
) -> None:
    client = client_of(make_user("admin", locations=[tree["Quay"]]))

    page = client.get(f"/accounts/location/{tree['Quay'].pk}/change/").content.decode()

    assert "Pier" in page
    assert "Harbour" not in page.replace("America/Coral_Harbour", "")
    body = {"name": "Quay", "parent": tree["Airport"].pk, "country": "DE"}
    body["time_zone"] = "Europe/Berlin"
    client.post(f"/accounts/location/{tree['Quay'].pk}/change/", body)
    connection.set_tenant(Tenant.objects.get(schema_name="alpha"))
    tree["Quay"].refresh_from_db()
    assert tree["Quay"].parent == tree["Harbour"]


def save_under(client: Client, location: Location, parent: Location | None) -> Any:
    body = {
        "name": location.name,
        "country": "DE",
        "time_zone": "Europe/Berlin",
        "parent": parent.pk if parent else "",
    }
    return client.post(f"/accounts/location/{location.pk}/change/", body)


@pytest.mark.parametrize(
    "name, parent, is_fine",
    [
        ("Airport", "Shed", True),
        ("Airport", "Pier", False),
        ("Quay", "Airport", True),
        ("Quay", "Shed", False),
        ("Harbour", "Airport", False),
        ("Harbour", "Pier", False),
        ("Quay", "Quay", False),
        ("Pier", None, True),
    ],
)
def test_parent_when_chosen_then_no_ring_and_no_fourth_level(
    tree: Tree, make_user: MakeUser, client_of: ClientOf, name: str, parent: str, is_fine: bool
) -> None:
    client = client_of(make_user("admin"))
    chosen = tree[parent] if parent else None

    answer = save_under(client, tree[name], chosen)

    assert (answer.status_code == 302) is is_fine
    connection.set_tenant(Tenant.objects.get(schema_name="alpha"))
    before = tree[name].parent
    tree[name].refresh_from_db()
    assert tree[name].parent == (chosen if is_fine else before)


def test_parent_when_it_comes_by_another_way_then_refused_too(tree: Tree) -> None:
    """Imports and commands do not go through the form."""
    for name, parent in (("Airport", "Pier"), ("Harbour", "Pier"), ("Quay", "Shed")):
        location = tree[name]
        location.parent = tree[parent]
        with pytest.raises(Exception, match="parent"):
            location.full_clean()


def test_tree_when_listed_then_each_part_follows_what_it_is_part_of(tree: Tree) -> None:
    paths = [location_path(location) for location in in_tree_order(Location.objects.all())]

    assert paths == [
        "Airport",
        "Harbour",
        "Harbour / Quay",
        "Harbour / Quay / Pier",
        "Harbour / Shed",
    ]


def test_members_when_limited_above_or_here_then_members(tree: Tree, make_user: MakeUser) -> None:
    above, here = make_user(locations=[tree["Harbour"]]), make_user(locations=[tree["Quay"]])
    make_user(locations=[tree["Pier"]])
    make_user("admin")

    assert set(members(tree["Quay"])) == {above, here}


def test_filters_when_a_location_is_chosen_then_its_parts_are_in(
    tree: Tree, make_user: MakeUser, make_station: Callable[..., Station], client_of: ClientOf
) -> None:
    for name, location in tree.items():
        make_station(f"BOX-{name}", location=location)
    client = client_of(make_user("admin"))

    page = client.get(f"/infrastructure/station/?location__id__exact={tree['Quay'].pk}")

    text = page.content.decode().split("result_list")[-1]
    assert "BOX-Quay" in text
    assert "BOX-Pier" in text
    assert "BOX-Harbour" not in text
    assert client.get("/infrastructure/station/?location__id__exact=x").status_code == 302


def test_users_when_filtered_by_location_then_who_sees_it(
    tree: Tree, make_user: MakeUser, client_of: ClientOf
) -> None:
    limited, other = make_user(locations=[tree["Harbour"]]), make_user(locations=[tree["Shed"]])
    client = client_of(make_user("admin"))

    text = client.get(f"/accounts/user/?sees={tree['Pier'].pk}").content.decode()

    assert limited.email in text
    assert other.email not in text


def test_mail_when_a_limited_users_account_is_locked_then_only_people_managers_hear(
    tree: Tree, make_user: MakeUser, client_of: ClientOf, mails: Any
) -> None:
    """Whoever is limited manages no people, so no mail tells of people elsewhere."""
    user = make_user(locations=[tree["Shed"]])
    limited_admin = make_user("admin", locations=[tree["Quay"]])
    admin = make_user("admin")
    for _attempt in range(10):
        body = {"username": user.email, "password": "not this", "next": "/"}
        client_of().post("/login/", body)

    told = {message.to[0] for message in mails()}

    assert told == {user.email, admin.email}
    assert limited_admin.email not in told


def test_grants_when_changed_then_exactly_those(
    tree: Tree, make_user: MakeUser, client_of: ClientOf
) -> None:
    user = make_user(locations=[tree["Shed"], tree["Airport"]])
    body = {
        "is_active": "on",
        "is_limited_to_locations": "on",
        "groups": [group.pk for group in user.groups.all()],
        "locations": [tree["Airport"].pk, tree["Quay"].pk],
    }

    client_of(make_user("admin")).post(f"/accounts/user/{user.pk}/change/", body)

    seen = {location.name for location in accessible_locations(user)}
    assert seen == {"Airport", "Quay", "Pier"}
