"""What only the platform operator does with stations (TEN-05a, TEN-05b, INF-02)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.core.schemas import run_in_schema
from apps.infrastructure.models import ChargePoint, Station, StationConnection
from apps.tenants.models import ChargeBoxRoute, Tenant
from apps.tenants.selectors import find_route
from tests.factories.pages import log_in, make_exchange, make_session

pytestmark = pytest.mark.req("TEN-05a", "TEN-05b", "INF-02")

MakeStation = Callable[..., Station]


@pytest.fixture
def console(db: None) -> Client:
    operator = run_in_schema(
        "public", User.objects.create_superuser, "root@chargeyard.example", "correct horse battery"
    )
    client = Client(HTTP_HOST="localhost")

    def enter() -> None:
        client.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")

    run_in_schema("public", enter)
    return client


def page(station: Station, path: str) -> str:
    route = run_in_schema("public", ChargeBoxRoute.objects.get, station_pk=station.pk)
    return f"/tenants/chargeboxroute/{route.pk}/{path}"


def ids_of(station: Station, **changes: str) -> dict[str, str]:
    ports = {f"port_{point.pk}": point.charge_port_id for point in station.charge_points.all()}
    return {
        "charge_box_id": station.charge_box_id,
        "own_id": station.station_id,
        **ports,
        **changes,
    }


def in_alpha(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    connection.set_tenant(run_in_schema("public", Tenant.objects.get, schema_name="alpha"))
    return function(*args, **kwargs)


def test_ids_when_changed_then_route_station_and_ports_follow_and_both_are_told(
    alpha: Tenant, console: Client, make_station: MakeStation
) -> None:
    station = make_station("WRONG-1", charge_points=2)
    session = make_session(station)
    one, two = station.charge_points.order_by("number")
    swapped = {
        f"port_{one.pk}": two.charge_port_id,
        f"port_{two.pk}": one.charge_port_id,
        "charge_box_id": "RIGHT-1",
        "own_id": "S-1",
    }
    answer = console.post(page(station, "ids/"), ids_of(station, **swapped))

    assert answer.status_code == 302
    in_alpha(station.refresh_from_db)
    assert (station.charge_box_id, station.station_id) == ("RIGHT-1", "S-1")
    assert ChargePoint.objects.get(pk=one.pk).charge_port_id == two.charge_port_id
    session.refresh_from_db()
    assert session.station_id == station.pk
    assert find_route("WRONG-1") is None
    route = find_route("right-1")
    assert route is not None
    assert (route.tenant_id, route.station_pk) == (alpha.pk, station.pk)
    entry = Entry.objects.filter(model="infrastructure.station", kind="changed").latest("pk")
    assert entry.changes["charge_box_id"] == ["WRONG-1", "RIGHT-1"]
    assert (entry.way, entry.actor_name) == ("console", "root@chargeyard.example")
    told = run_in_schema(
        "public", Entry.objects.filter(model="infrastructure.station").latest, "pk"
    )
    assert told.changes["charge_box_id"] == ["WRONG-1", "RIGHT-1"]
    assert (told.object_id, told.details) == ("", {"tenant": "Alpha"}), "keys differ there"
    assert told.part_of == f"tenants.tenant:{alpha.pk}"


def test_ids_when_only_the_chargebox_id_changes_then_nothing_is_told_of_ports(
    alpha: Tenant, console: Client, make_station: MakeStation
) -> None:
    station = make_station("WRONG-1", charge_points=2)
    answer = console.post(page(station, "ids/"), ids_of(station, charge_box_id="RIGHT-1"))

    assert answer.status_code == 302
    told = in_alpha(Entry.objects.filter, model="infrastructure.chargepoint", kind="changed")
    assert not told.exists()


@pytest.mark.parametrize("taken", ["TAKEN-1", "taken-1", "not allowed", ""])
def test_ids_when_in_use_or_impossible_then_nothing_changes(
    alpha: Tenant, console: Client, make_station: MakeStation, taken: str
) -> None:
    make_station("TAKEN-1")
    station = make_station("MINE-1")
    answer = console.post(page(station, "ids/"), ids_of(station, charge_box_id=taken))

    assert answer.status_code == 200
    in_alpha(station.refresh_from_db)
    assert station.charge_box_id == "MINE-1"
    assert find_route("MINE-1") is not None


def test_ids_when_the_port_id_is_in_use_then_nothing_changes(
    alpha: Tenant, console: Client, make_station: MakeStation
) -> None:
    other, station = make_station(), make_station("MINE-1")
    port = other.charge_points.get().charge_port_id
    name = f"port_{station.charge_points.get().pk}"
    answer = console.post(
        page(station, "ids/"), ids_of(station, charge_box_id="NEW-1", **{name: port})
    )

    assert answer.status_code == 200
    in_alpha(station.refresh_from_db)
    assert station.charge_box_id == "MINE-1"
    assert find_route("NEW-1") is None


def test_station_when_online_then_neither_changed_nor_deleted(
    alpha: Tenant, console: Client, make_station: MakeStation
) -> None:
    station = make_station("MINE-1")
    StationConnection.objects.filter(station=station).update(is_online=True)
    changed = console.post(page(station, "ids/"), ids_of(station, charge_box_id="NEW-1"))
    deleted = console.post(page(station, "remove/"), {"typed_id": "MINE-1"})

    for answer in (changed, deleted):
        assert "MINE-1 is connected" in answer.content.decode()
    assert in_alpha(Station.objects.filter(charge_box_id="MINE-1").exists)


def test_delete_when_nothing_was_charged_then_the_station_and_all_of_it_goes(
    alpha: Tenant, console: Client, make_station: MakeStation
) -> None:
    station = make_station("OLD-1", charge_points=2)
    make_exchange(station)
    wrong = console.post(page(station, "remove/"), {"typed_id": "OLD-2"})
    answer = console.post(page(station, "remove/"), {"typed_id": "OLD-1"})

    assert wrong.status_code == 200
    assert answer.status_code == 302
    assert not in_alpha(Station.objects.filter(pk=station.pk).exists)
    assert not ChargePoint.objects.filter(station_id=station.pk).exists()
    assert find_route("OLD-1") is None
    for schema in ("alpha", "public"):
        gone = Entry.objects.filter(
            model="infrastructure.station", kind="deleted", object_name="OLD-1"
        )
        assert run_in_schema(schema, gone.exists), schema


def test_delete_when_something_was_charged_then_it_is_kept(
    alpha: Tenant, console: Client, make_station: MakeStation
) -> None:
    station = make_station("OLD-1")
    make_session(station)
    answer = console.post(page(station, "remove/"), {"typed_id": "OLD-1"})

    assert "which must be kept" in answer.content.decode()
    assert in_alpha(station.charge_points.exists)
    assert find_route("OLD-1") is not None


def test_console_when_somebody_of_a_tenant_asks_then_to_the_log_in(
    alpha: Tenant, make_user: Any, make_station: MakeStation
) -> None:
    station = make_station("MINE-1")
    client = log_in(make_user("admin"))
    client.defaults["HTTP_HOST"] = "localhost"
    path = page(station, "remove/")
    answer = client.post(path, {"typed_id": "MINE-1"}, HTTP_HOST="localhost")

    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/")
    at_home = log_in(in_alpha(make_user, "admin"))
    assert at_home.post(path, {"typed_id": "MINE-1"}).status_code == 404
    assert in_alpha(Station.objects.filter(charge_box_id="MINE-1").exists)
