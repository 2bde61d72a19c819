"""What only the platform operator does with stations (TEN-05a, TEN-05b, TEN-05c, INF-02)."""

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


def modes_of(station: Station, mode: int, connector_type: str) -> dict[str, Any]:
    point = station.charge_points.get()
    return {f"mode_{point.pk}": mode, f"connector_{point.connectors.get().pk}": connector_type}


@pytest.mark.req("TEN-05c")
def test_mode_when_changed_in_the_console_then_current_and_page_follow_and_both_are_told(
    alpha: Tenant, console: Client, make_station: MakeStation, make_user: Callable[..., User]
) -> None:
    station = make_station("MODE-1")
    admin = log_in(make_user("admin"))
    body = modes_of(station, 4, "ccs2")

    shown = console.get(page(station, "modes/")).content.decode()
    answer = console.post(page(station, "modes/"), body)

    assert "Charging mode of MODE-1-1" in shown
    assert answer.status_code == 302
    point = in_alpha(station.charge_points.get)
    assert (point.charging_mode, point.current) == (4, "dc")
    assert point.connectors.get().connector_type == "ccs2"
    told = Entry.objects.get(model="infrastructure.chargepoint", kind="changed")
    assert told.changes["charging_mode"] == [3, 4]
    assert "4: DC" in admin.get(f"/infrastructure/chargepoint/{point.pk}/change/").content.decode()


@pytest.mark.req("TEN-05c")
@pytest.mark.parametrize(
    "status, mode, connector_type, words",
    [
        ("Charging", 4, "ccs2", "A vehicle is connected at MODE-2-1."),
        ("", 4, "type2", "A connector of type Type 2 cannot be there in charging mode 4."),
        ("", 9, "type2", "Select a valid choice."),
    ],
    ids=["vehicle", "connector", "unknown"],
)
def test_mode_when_it_cannot_be_then_refused_in_words_and_nothing_changes(
    alpha: Tenant,
    console: Client,
    make_station: MakeStation,
    status: str,
    mode: int,
    connector_type: str,
    words: str,
) -> None:
    station = make_station("MODE-2")
    station.connectors.update(status=status)

    answer = console.post(page(station, "modes/"), modes_of(station, mode, connector_type))

    assert words in answer.content.decode()
    point = in_alpha(station.charge_points.get)
    assert (point.charging_mode, point.current) == (3, "ac")
    assert point.connectors.get().connector_type == "type2"


@pytest.mark.req("TEN-05c")
def test_mode_when_a_tenants_admin_tries_then_it_stays(
    alpha: Tenant, make_station: MakeStation, make_user: Callable[..., User]
) -> None:
    point = make_station("MODE-3").charge_points.get()
    client = log_in(make_user("admin"))
    body = {"max_power_w": "11000", "evse_id": "", "charging_mode": "4", "current": "dc"}

    client.post(f"/infrastructure/chargepoint/{point.pk}/change/", body)
    shown = client.get(f"/infrastructure/chargepoint/{point.pk}/change/?tab=edit").content.decode()

    point.refresh_from_db()
    assert (point.charging_mode, point.current, point.max_power_w) == (3, "ac", 11_000)
    assert "Ask the platform operator if it is wrong." in shown
