"""Stations that get another location: all or none, written down, told to both sides (ACC-03)."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Location, User
from apps.audit.models import Entry
from apps.infrastructure.models import Station
from apps.infrastructure.services.moves import NotYours, move_stations
from apps.tenants.models import Tenant
from tests.factories.pages import log_in

pytestmark = pytest.mark.req("ACC-03")

Make = Callable[..., Station]
MakeUser = Callable[..., User]
MakeLocation = Callable[..., Location]


def move(client: Client, stations: list[Station], location: Location) -> None:
    ids = ",".join(str(station.pk) for station in stations)
    client.post("/infrastructure/station/move/", {"ids": ids, "location": location.pk})
    connection.set_tenant(Tenant.objects.get(schema_name="alpha"))


def test_stations_when_moved_then_at_the_new_location_and_in_their_history(
    alpha: Tenant, make_user: MakeUser, make_station: Make, make_location: MakeLocation
) -> None:
    old, new = make_location("Old place"), make_location("New place")
    stations = [make_station(location=old), make_station(location=old)]
    client = log_in(make_user("admin"))
    chosen = [str(station.pk) for station in stations]
    body = {"action": "move_selected", "_selected_action": chosen}
    page = client.get(client.post("/infrastructure/station/", body)["Location"])
    assert stations[0].charge_box_id in page.content.decode()

    move(client, stations, new)

    for station in stations:
        station.refresh_from_db()
        assert station.location == new
        entries = Entry.objects.filter(model="infrastructure.station", object_id=str(station.pk))
        entry = entries.latest("pk")
        assert entry.changes["location"][1] == {"id": new.pk, "name": new.name}
        assert entry.moved_from_id is not None, "whoever does not see that place reads nothing"


def test_stations_when_moved_then_both_locations_hear_of_it(
    alpha: Tenant,
    make_user: MakeUser,
    make_station: Make,
    make_location: MakeLocation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard: list[int | None] = []
    name = "apps.infrastructure.services.master_data.publish"
    monkeypatch.setattr(name, lambda topic, location_id, ids: heard.append(location_id))
    station, new = make_station(), make_location()
    old_id = station.location_id

    move_stations(make_user("admin"), [station.pk], new, now=timezone.now())

    assert {old_id, new.pk} <= set(heard)


def test_stations_when_one_is_foreign_then_none_moves(
    alpha: Tenant, make_user: MakeUser, make_station: Make
) -> None:
    own, foreign, other = make_station(), make_station(), make_station()
    user = make_user("operator", locations=[own.location, other.location])
    client = log_in(user)

    move(client, [own, foreign], other.location)
    move(client, [own], foreign.location)

    for station in (own, foreign):
        before = station.location
        station.refresh_from_db()
        assert station.location == before
    with pytest.raises(NotYours):
        move_stations(user, [own.pk], foreign.location, now=timezone.now())
    page = client.get(f"/infrastructure/station/move/?ids={own.pk},{foreign.pk}")
    assert foreign.charge_box_id not in page.content.decode()
    assert str(foreign.location) not in page.content.decode()


def test_stations_when_the_right_is_missing_or_the_tenant_another_then_refused(
    alpha: Tenant, make_user: MakeUser, make_station: Make
) -> None:
    station, other = make_station(), make_station()
    nobody = make_user("operator")
    nobody.groups.clear()
    assert log_in(nobody).get("/infrastructure/station/move/").status_code == 403
    connection.set_tenant(Tenant.objects.get(schema_name="beta"))
    stranger = log_in(make_user("admin"))

    move(stranger, [station], other.location)

    station.refresh_from_db()
    assert station.location != other.location


@pytest.mark.parametrize("ids", ["x", "1,two", "9" * 30, "-1"])
def test_move_page_when_ids_are_nonsense_then_404(
    alpha: Tenant, make_user: MakeUser, ids: str
) -> None:
    client = log_in(make_user("admin"))

    assert client.get(f"/infrastructure/station/move/?ids={ids}").status_code == 404
