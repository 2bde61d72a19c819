"""The first page: tiles that lead to lists, figures of the roll-ups, what needs a look (CDR-09)."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import User
from apps.charge_records.domain.periods import last_months
from apps.charge_records.services.rebuild import rebuild_totals
from apps.infrastructure.models import ChargePoint, Connector
from apps.tenants.models import Tenant
from tests.factories.pages import (
    go_online,
    log_in,
    make_activation,
    make_record,
    make_session,
    make_total,
)

Make = Callable[..., Any]
PARTS = ("tiles", "figures", "running", "faults", "failed", "system", "jobs")
MAX_QUERIES = 25

pytestmark = pytest.mark.req("CDR-09")


def figures(text: str, period: str) -> list[str]:
    row = re.search(rf'<tr data-period="{period}">(.*?)</tr>', text, re.DOTALL)
    assert row is not None
    cells = re.findall(r"<td[^>]*>(.*?)</td>", row[1], re.DOTALL)
    return [re.sub(r"<[^>]*>", "", cell).strip() for cell in cells]


def link(text: str, period: str, column: int) -> str:
    """Return the address behind a figure; 1: energy, 2: sessions, 3: occupancy, 4: error rate."""
    row = re.search(rf'<tr data-period="{period}">(.*?)</tr>', text, re.DOTALL)
    assert row is not None
    cell = re.findall(r"<td[^>]*>(.*?)</td>", row[1], re.DOTALL)[column]
    found = re.search(r'href="([^"]*)"', cell)
    assert found is not None
    return html.unescape(found[1])


@pytest.mark.req("INF-07")
def test_tiles_when_opened_then_each_counts_and_leads_to_the_list_of_just_those(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    ChargePoint.objects.filter(station=make_station("AVAIL", charge_points=2)).update(
        status="available"
    )
    ChargePoint.objects.filter(station=make_station("BUSY")).update(status="occupied")
    make_station("PLAN", state="planned")
    client = log_in(make_user())

    tiles = client.get("/").context["tiles"]

    assert {tile["status"]: tile["number"] for tile in tiles} == {
        "available": 2, "occupied": 1, "needs_service": 0, "inoperative": 0, "planned": 1,
    }  # fmt: skip
    for tile in tiles:
        rows = client.get(tile["url"]).context["cl"].result_list
        assert len(rows) == tile["number"], tile["status"]


def test_figures_when_days_passed_then_each_period_sums_its_own(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station()
    today = timezone.localdate()
    first = last_months(today).first
    days = [today, today - timedelta(days=6), today - timedelta(days=29), first]
    for day in [*days, first - timedelta(days=1)]:
        make_total(
            station, day=day, sessions=2, energy_wh=10_000, occupied_s=24 * 360,
            implausible_sessions=2, counted_errors=1, activations=4,
        )  # fmt: skip

    text = log_in(make_user()).get("/").content.decode()

    assert figures(text, "1d")[1:] == ["10.0 kWh", "2", "10.0 %", "25.0 %"]
    assert figures(text, "7d")[1:3] == ["20.0 kWh", "4"]
    assert figures(text, "30d")[1:3] == ["30.0 kWh", "6"]
    assert figures(text, "12m")[1:3] == ["40.0 kWh", "8"]


@pytest.mark.req("CDR-07")
def test_figures_when_there_are_no_sessions_then_the_error_rate_is_a_dash(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    make_station()

    assert figures(log_in(make_user()).get("/").content.decode(), "30d")[4] == "–"


def test_parts_when_asked_for_alone_then_they_show_what_happens_now(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station("BOX-1")
    go_online(station)
    make_session(station, last_meter_wh=3_500, last_power_w=7_400)
    make_activation(station, state="refused", refusal="blocked")
    Connector.objects.filter(station=station).update(status="Faulted", error_code="GroundFailure")
    client = log_in(make_user())
    parts = {name: client.get("/", {"fragment": name}).content.decode() for name in PARTS}

    assert all("<html" not in text for text in parts.values())
    assert all("data-live-topic" in text for text in parts.values())
    assert "2.5 kWh" in parts["running"]
    assert "GroundFailure" in parts["faults"]
    assert "The card is blocked." in parts["failed"]


@pytest.mark.req("ACC-03")
def test_dashboard_when_limited_to_a_location_then_nothing_else_is_counted(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    own, foreign = make_station("OWN-1"), make_station("FOREIGN-1")
    make_total(own, energy_wh=1_000)
    make_total(foreign, energy_wh=99_000)
    make_session(foreign)
    make_activation(foreign, state="refused", refusal="blocked")
    Connector.objects.filter(station=foreign).update(status="Faulted")
    client = log_in(make_user(locations=[own.location]))

    for url in (
        "/",
        f"/?location={foreign.location_id}",
        *(f"/?fragment={name}" for name in PARTS),
    ):
        text = client.get(url).content.decode()
        assert "FOREIGN-1" not in text, url
        assert str(foreign.location) not in text, url
    assert figures(client.get("/").content.decode(), "1d")[1] == "1.0 kWh"
    assert sum(tile["number"] for tile in client.get("/").context["tiles"]) == 1


def test_dashboard_when_one_location_is_chosen_then_only_its_figures(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    first, second = make_station(), make_station()
    make_total(first, energy_wh=1_000)
    make_total(second, energy_wh=5_000)

    response = log_in(make_user()).get("/", {"location": second.location_id})

    assert figures(response.content.decode(), "1d")[1] == "5.0 kWh"
    assert sum(tile["number"] for tile in response.context["tiles"]) == 1


@pytest.mark.req("ACC-02")
def test_dashboard_when_somebody_holds_no_right_then_it_is_empty(
    alpha: Tenant, make_station: Make
) -> None:
    station = make_station("SECRET-1")
    make_total(station, energy_wh=99_000)
    make_session(station)

    response = log_in(User.objects.create_user("nobody@example.com")).get("/")

    assert response.status_code == 200
    assert "SECRET-1" not in response.content.decode()
    assert str(station.location) not in response.content.decode()
    assert "99.0" not in response.content.decode()


@pytest.mark.req("TEN-01")
def test_dashboard_when_the_tenant_is_another_then_nothing_is_counted(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    make_total(make_station(), energy_wh=99_000)
    connection.set_tenant(Tenant.objects.get(schema_name="beta"))

    response = log_in(make_user("admin")).get("/")

    assert figures(response.content.decode(), "12m")[1] == "0.0 kWh"
    assert response.context["is_empty"]
    assert "Create a charging station" in response.content.decode()


def test_dashboard_when_rows_grow_then_queries_do_not_and_raw_rows_are_not_summed(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station()
    client = log_in(make_user(locations=[station.location]))
    numbers = []
    for amount in (1, 30):
        for index in range(amount):
            make_session(station, meter_start_wh=index + amount * 100)
            make_activation(station, state="refused", refusal="blocked")
            make_record(station, started_at=timezone.now() - timedelta(hours=2 + index + amount))
        client.get("/")
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/").status_code == 200
        numbers.append(len(queries))
        summed = [query["sql"] for query in queries if "SUM(" in query["sql"]]
        assert all("dailytotal" in sql or "hourlytotal" in sql for sql in summed)

    assert max(numbers) <= MAX_QUERIES
    assert numbers[1] <= numbers[0]


def test_figures_when_followed_then_the_list_shows_the_same_number(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station, elsewhere = make_station(), make_station()
    now = timezone.now()
    for hours, main in ((1, "successful"), (30, "successful"), (31, "error"), (900, "unknown")):
        at = now - timedelta(hours=hours)
        make_record(station, started_at=at, bdr_main=main)
        make_record(elsewhere, started_at=at)
    today = timezone.localdate()
    rebuild_totals(today - timedelta(days=60), today + timedelta(days=1))
    client = log_in(make_user())
    text = client.get("/", {"location": station.location_id}).content.decode()

    for period in ("1d", "7d", "30d", "12m"):
        energy, sessions = figures(text, period)[1:3]
        for column in (1, 2, 3):
            totals = client.get(link(text, period, column)).context["totals"]
            assert str(totals.records) == sessions, period
            assert energy == f"{totals.energy_wh / 1000:,.1f} kWh"
    assert figures(text, "12m")[2] == "3"
    left_out = client.get("/", {"location": station.location_id, "period": "12m"})
    address = left_out.context["figures"][3]["implausible"]
    assert client.get(address).context["totals"].records == 1


@pytest.mark.req("CDR-07")
def test_error_rate_when_followed_then_its_page_shows_the_same_rate(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station, elsewhere = make_station(), make_station()
    make_total(station, activations=8, counted_errors=1, canceled=1)
    make_total(elsewhere, activations=8, counted_errors=8, canceled=8)
    client = log_in(make_user())
    text = client.get("/", {"location": station.location_id}).content.decode()

    shown = client.get(link(text, "30d", 4))

    assert figures(text, "30d")[4] == "12.5 %"
    assert "12.5 %" in shown.content.decode()
    assert shown.context["overall"].now.activations == 8


@pytest.mark.parametrize(
    "period, labels", [("1d", 24), ("7d", 7), ("30d", 30), ("12m", 12), ("nonsense", 30)]
)
def test_chart_when_a_period_is_chosen_then_hours_days_or_months_of_it(
    alpha: Tenant, make_station: Make, make_user: Make, period: str, labels: int
) -> None:
    make_record(make_station(), started_at=timezone.now() - timedelta(minutes=1))
    today = timezone.localdate()
    rebuild_totals(today - timedelta(days=1), today + timedelta(days=1))

    context = log_in(make_user()).get("/", {"period": period}).context

    assert len(context["chart"]["labels"]) == labels
    assert sum(context["chart"]["line"]["values"]) == 1
    assert sum(context["chart"]["bars"]["values"]) == pytest.approx(12.345)


def test_system_when_stations_are_away_then_numbers_and_their_lists_agree(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    go_online(make_station())
    make_station(charge_points=2)
    make_station(state="planned")
    client = log_in(make_user())

    context = client.get("/").context

    assert (context["connections"].online, context["connections"].offline) == (1, 1)
    for name in ("online_url", "offline_url"):
        assert len(client.get(context[name]).context["cl"].result_list) == 1


def test_occupancy_when_no_charge_point_is_in_operation_then_a_dash(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    make_total(make_station(state="planned"), occupied_s=3_600)

    assert figures(log_in(make_user()).get("/").content.decode(), "7d")[3] == "–"
