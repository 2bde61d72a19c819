"""Pages of stations and charge points: what they show, and to whom."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import User
from apps.infrastructure.models import ChargePoint, Connector, Station, StationConnection
from apps.infrastructure.services.statuses import refresh_status
from apps.tenants.models import Tenant
from tests.factories.pages import HOSTILE, go_online, log_in

Make = Callable[..., Any]
LIST = "/infrastructure/station/"
POINTS = "/infrastructure/chargepoint/"
MAX_QUERIES = 25


def page(station: Station, query: str = "") -> str:
    return f"{LIST}{station.pk}/change/{query}"


def point_page(station: Station, query: str = "") -> str:
    return f"{POINTS}{station.charge_points.get().pk}/change/{query}"


@pytest.mark.req("INF-01", "INF-07")
def test_station_list_when_online_then_connection_status_and_last_contact_are_shown(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station("BOX-1", name="Gate")
    go_online(station)
    Connector.objects.filter(station=station).update(status="Available")
    refresh_status(station.pk, now=timezone.now())

    text = log_in(make_user()).get(LIST).content.decode()

    assert all(word in text for word in ("BOX-1", "Gate", "Online", "Available"))
    assert str(station.location) in text


@pytest.mark.req("INF-01")
@pytest.mark.parametrize(
    "search", ["BOX-1,BOX-2", "BOX-1; BOX-2", "box-1 box-2", "BOX-1-1;BOX-2-1"]
)
def test_station_search_when_several_ids_are_given_then_each_is_found(
    alpha: Tenant, make_station: Make, make_user: Make, search: str
) -> None:
    for name in ("BOX-1", "BOX-2", "BOX-3"):
        make_station(name)

    text = log_in(make_user()).get(LIST, {"q": search}).content.decode()

    assert "BOX-1" in text
    assert "BOX-2" in text
    assert "BOX-3" not in text


@pytest.mark.req("INF-07")
@pytest.mark.parametrize(
    "query, shown",
    [
        ({"online": "yes"}, {"ON"}),
        ({"online": "no"}, {"OFF", "PLAN"}),
        ({"online": "never"}, {"OFF", "PLAN"}),
        ({"state__exact": "planned"}, {"PLAN"}),
        ({"status": "available"}, {"ON"}),
        ({"status": "planned"}, {"PLAN"}),
    ],
)
def test_station_list_when_filtered_then_only_matching_rows(
    alpha: Tenant, make_station: Make, make_user: Make, query: dict[str, str], shown: set[str]
) -> None:
    stations = {
        "ON": make_station("S-ON"),
        "OFF": make_station("S-OFF"),
        "PLAN": make_station("S-PLAN", state="planned"),
    }
    go_online(stations["ON"])
    Connector.objects.filter(station=stations["ON"]).update(status="Available")
    for station in stations.values():
        refresh_status(station.pk, now=timezone.now())

    text = log_in(make_user()).get(LIST, query).content.decode()

    assert {name for name in stations if f">S-{name}<" in text} == shown


@pytest.mark.req("ACC-03")
@pytest.mark.parametrize("role", ["admin", "operator"])
def test_pages_when_the_location_is_foreign_then_nothing_of_it_is_shown(
    alpha: Tenant, make_station: Make, make_user: Make, role: str
) -> None:
    own, foreign = make_station("OWN-1"), make_station("FOREIGN-1")
    client = log_in(make_user(role, locations=[own.location]))

    for url in (LIST, POINTS, f"{LIST}export-csv/", f"{POINTS}export-csv/"):
        text = client.get(url).content.decode()
        assert "OWN-1" in text
        assert "FOREIGN-1" not in text
        assert str(foreign.location) not in text
    for query in ("", "?tab=edit", "?tab=charge-points", "?tab=messages", "?tab=commands",
                  "?fragment=head", "?fragment=running", "?fragment=records"):  # fmt: skip
        assert client.get(page(own, query)).status_code == 200, query
        assert client.get(page(foreign, query)).status_code == 404, query
        if "tab" not in query or "edit" in query:
            assert client.get(point_page(foreign, query)).status_code == 404, query


@pytest.mark.req("TEN-01")
def test_pages_when_the_tenant_is_another_then_the_station_is_not_found(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station("ONLY-ALPHA")
    urls = [page(station), point_page(station), page(station, "?fragment=head")]
    connection.set_tenant(Tenant.objects.get(schema_name="beta"))
    client = log_in(make_user("admin"))

    assert "ONLY-ALPHA" not in client.get(LIST).content.decode()
    assert [client.get(url).status_code for url in urls] == [404, 404, 404]


@pytest.mark.req("ACC-02")
def test_pages_when_the_right_is_missing_then_refused(alpha: Tenant, make_station: Make) -> None:
    station = make_station()
    client = log_in(User.objects.create_user("nobody@example.com"))

    for url in (LIST, POINTS, page(station), f"{LIST}export-csv/", f"{LIST}export-xlsx/",
                f"{LIST}add/", f"{POINTS}export-csv/"):  # fmt: skip
        assert client.get(url).status_code == 403, url


@pytest.mark.req("INF-01")
@pytest.mark.parametrize("url", [LIST, POINTS])
def test_lists_when_they_grow_then_queries_do_not(
    alpha: Tenant, make_station: Make, make_user: Make, make_location: Make, url: str
) -> None:
    location = make_location()
    client = log_in(make_user(locations=[location]))
    numbers = []
    for amount in (1, 59):
        for _index in range(amount):
            go_online(make_station(location=location))
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        numbers.append(len(queries))

    assert max(numbers) <= MAX_QUERIES
    assert numbers[1] <= numbers[0]


@pytest.mark.req("OCP-07")
def test_pages_when_the_station_sends_hostile_text_then_it_is_escaped(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station("X-1", name=HOSTILE, manufacturer="", model="")
    Station.objects.filter(pk=station.pk).update(
        reported_vendor=HOSTILE,
        reported_model=HOSTILE,
        firmware_version=HOSTILE,
        serial_number=HOSTILE,
        firmware_status=HOSTILE,
        reported_error=HOSTILE,
    )
    Connector.objects.filter(station=station).update(
        status="Faulted", error_code=HOSTILE, error_info=HOSTILE, vendor_error_code=HOSTILE
    )
    StationConnection.objects.filter(station=station).update(subprotocol=HOSTILE[:40])
    go_online(station)
    refresh_status(station.pk, now=timezone.now())
    client = log_in(make_user("admin"))

    for url in (LIST, POINTS, page(station), page(station, "?tab=charge-points"),
                page(station, "?tab=edit"), point_page(station), "/"):  # fmt: skip
        text = client.get(url).content.decode()
        assert HOSTILE not in text, url
        assert "alert(" in text, url


@pytest.mark.req("INF-02")
def test_station_form_when_opened_then_ids_cannot_be_changed_and_it_says_whom_to_ask(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station("FIXED-1")
    client = log_in(make_user("admin"))
    text = client.get(page(station, "?tab=edit")).content.decode()

    client.post(
        page(station),
        {
            "charge_box_id": "OTHER", "station_id": "OTHER", "name": "New name",
            "location": station.location_id, "state": "installed", "country": "DE",
        },
    )  # fmt: skip

    station.refresh_from_db()
    assert 'name="charge_box_id"' not in text
    assert "Ask the platform operator" in text
    assert (station.charge_box_id, station.name) == ("FIXED-1", "New name")
    assert client.get(f"{LIST}{station.pk}/delete/").status_code == 403


@pytest.mark.req("INF-10", "INF-12")
def test_charge_point_form_when_saved_then_power_and_authentication_change(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station("Q-1")

    response = log_in(make_user()).post(
        point_page(station), {"max_power_w": "11000", "current": "ac", "evse_id": ""}
    )

    charge_point = station.charge_points.get()
    assert response.status_code == 302
    assert charge_point.max_power_w == 11_000
    assert not charge_point.authentication_required
    assert charge_point.charge_port_id == "Q-1-1"


@pytest.mark.req("INF-07")
@pytest.mark.parametrize(
    "status, error, words",
    [
        ("Faulted", "GroundFailure", ["Need service", "Connector 1 reports Faulted"]),
        ("Charging", "NoError", ["Occupied", "Connector 1 reports Charging"]),
        ("", "", ["Need service", "No connector has reported a status yet"]),
    ],
)  # fmt: skip
def test_charge_point_page_when_opened_then_the_status_has_a_reason(
    alpha: Tenant, make_station: Make, make_user: Make, status: str, error: str, words: list[str]
) -> None:
    station = make_station()
    go_online(station)
    Connector.objects.filter(station=station).update(status=status, error_code=error)
    refresh_status(station.pk, now=timezone.now())

    text = log_in(make_user()).get(point_page(station)).content.decode()

    assert all(word in text for word in words)


@pytest.mark.req("INF-07")
def test_charge_point_page_when_the_station_is_away_then_it_says_so(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station()
    StationConnection.objects.filter(station=station).update(
        last_message_at=timezone.now() - timedelta(hours=3)
    )

    text = log_in(make_user()).get(point_page(station)).content.decode()

    assert "The station is not connected." in text
    assert "Commands are possible once the station is connected." in text


@pytest.mark.req("INF-20")
def test_export_when_filtered_then_the_file_has_the_same_rows_and_no_formula(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    make_station("E-1", name="=HYPERLINK(1)")
    make_station("E-2")
    client = log_in(make_user())

    lines = client.get(f"{LIST}export-csv/", {"q": "E-1"}).content.decode("utf-8-sig").splitlines()
    book = openpyxl.load_workbook(
        io.BytesIO(client.get(f"{LIST}export-xlsx/", {"q": "E-1"}).content)
    )

    assert len(lines) == 2
    assert lines[0].startswith("charge_box_id;station_id;name")
    assert ";'=HYPERLINK(1);" in lines[1]
    rows = list(book.active.values)
    assert len(rows) == 3
    assert rows[2][0] == "E-1"
    assert rows[2][2].startswith("'=")


@pytest.mark.req("INF-03", "INF-05")
def test_create_when_no_password_is_typed_then_a_generated_one_is_shown_once(
    alpha: Tenant, make_location: Make, make_user: Make
) -> None:
    location = make_location()
    client = log_in(make_user())
    fields = {
        "charge_box_id": "NEW-1", "name": "", "location": location.pk, "state": "installed",
        "charge_points": "2", "power_kw": "22", "current": "ac", "connector_type": "type2",
        "password": "",
    }  # fmt: skip

    response = client.post(f"{LIST}add/", fields)

    station = Station.objects.get(charge_box_id="NEW-1")
    key = response.context["password"]
    assert len(key) == 40
    assert key in response.content.decode()
    assert "/device/ocpp16/NEW-1" in response.content.decode()
    assert "no-store" in response.headers["Cache-Control"]
    assert ChargePoint.objects.filter(station=station).count() == 2
    assert key not in client.get(page(station)).content.decode()


@pytest.mark.req("INF-03", "INF-05")
@pytest.mark.parametrize(
    "change, message",
    [
        ({"charge_box_id": "TAKEN"}, "There is a charging station TAKEN already."),
        ({"charge_box_id": "a b"}, "without blanks"),
        ({"password": "short"}, "at least 8 characters"),
        ({"password": "x" * 41}, "at most 40 characters"),
        ({"power_kw": "0"}, "greater than or equal to 0.1"),
    ],
)
def test_create_when_a_field_is_wrong_then_it_says_why_and_creates_nothing(
    alpha: Tenant, make_station: Make, make_user: Make, change: dict[str, str], message: str
) -> None:
    station = make_station("TAKEN")
    fields = {
        "charge_box_id": "NEW-2", "location": station.location_id, "state": "installed",
        "charge_points": "1", "power_kw": "22", "current": "ac", "connector_type": "type2",
        "password": "long enough",
    }  # fmt: skip

    response = log_in(make_user()).post(f"{LIST}add/", {**fields, **change})

    assert response.status_code == 200
    assert message in response.content.decode()
    assert Station.objects.count() == 1


@pytest.mark.req("ACC-03")
def test_create_when_the_location_is_foreign_then_it_is_not_offered_and_refused(
    alpha: Tenant, make_location: Make, make_user: Make
) -> None:
    own, foreign = make_location(), make_location("Foreign site")
    client = log_in(make_user(locations=[own]))
    fields = {
        "charge_box_id": "NEW-3", "location": foreign.pk, "state": "installed",
        "charge_points": "1", "power_kw": "22", "current": "ac", "connector_type": "type2",
    }  # fmt: skip

    assert "Foreign site" not in client.get(f"{LIST}add/").content.decode()
    client.post(f"{LIST}add/", fields)

    assert not Station.objects.exists()
