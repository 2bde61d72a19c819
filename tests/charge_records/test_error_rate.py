"""Error rate: the worst first, what counts, the trend, and the activations behind a number."""

import html
import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import Location, User
from apps.charge_records.domain.outcome import ErrorTally
from apps.charge_records.domain.periods import Period, last_days, last_months, named_period
from apps.charge_records.domain.rates import ENOUGH, Compared, worst_first
from apps.charge_records.services.rebuild import rebuild_totals
from apps.charge_records.views.error_rate import svg_path
from apps.infrastructure.models import Station
from apps.tenants.models import Tenant
from tests.factories.pages import log_in, make_activation, make_total

Make = Callable[..., Any]
PAGE = "/error-rate/"
FILES = [f"{PAGE}export-csv/", f"{PAGE}export-xlsx/"]
MAX_QUERIES = 25

pytestmark = pytest.mark.req("CDR-07")


def attempt(station: Station, state: str = "completed", error: str = "", **fields: Any) -> None:
    make_activation(station, state=state, error_class=error, **fields)


def count() -> None:
    today = timezone.localdate()
    rebuild_totals(today - timedelta(days=70), today + timedelta(days=1))


def counted(station: Station) -> None:
    """Make three errors of eight activations, beside two that were refused."""
    for error in ("canceled", "canceled", "no_charge_record"):
        attempt(station, "failed", error)
    for _number in range(5):
        make_activation(station, state="completed", counted_on=timezone.localdate())
    for _number in range(2):
        attempt(station, "refused", "authorization_failed", refusal="blocked")
    count()


def names(text: str) -> list[str]:
    rows = re.findall(r'<td data-label="Name"><span>(.*?)<span', text, re.DOTALL)
    return [re.sub(r"<[^>]*>", "", row).strip() for row in rows]


def number_of_activations(client: Client, address: str) -> int:
    """Return how many activations the overview shows at the address, over all its pages."""
    number = 0
    before = ""
    while True:
        page = client.get(html.unescape(address), {"before": before} if before else None)
        rows = page.context["page"]
        number += len(rows.rows)
        if not rows.older:
            return number
        before = rows.older


def test_page_when_opened_then_charge_points_worst_first_with_rate_and_numbers(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    good, bad, silent = make_station("GOOD"), make_station("BAD"), make_station("SILENT")
    make_total(good, activations=40, counted_errors=1, canceled=1)
    make_total(bad, activations=4, counted_errors=2, canceled=2)
    make_total(silent, activations=0, authorization_failures=3, sessions=0, energy_wh=0)

    text = log_in(make_user()).get(PAGE).content.decode()

    assert names(text) == ["BAD-1", "GOOD-1", "SILENT-1"]
    assert "50.0 %" in text
    assert "2.5 %" in text
    assert text.count("little data") == 1
    row = re.search(r"SILENT-1.*?</tr>", text, re.DOTALL)
    assert row is not None
    assert "–" in row[0]
    assert "0.0 %" not in row[0]


def test_page_when_nothing_happened_then_a_dash_and_no_nought(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    make_station()

    text = log_in(make_user()).get(PAGE).content.decode()

    assert "0.0 %" not in text
    assert "No activations in this period" in text


@pytest.mark.parametrize(
    "level, expected",
    [
        ("points", ["A1-1", "A2-1", "B1-1"]),
        ("stations", ["A1", "A2", "B1"]),
        ("locations", ["Part", "Site", "Other"]),
        ("all", []),
    ],
)
def test_level_when_chosen_then_rates_of_just_that(
    alpha: Tenant, make_station: Make, make_user: Make, level: str, expected: list[str]
) -> None:
    site, other = Location.objects.create(name="Site"), Location.objects.create(name="Other")
    part = Location.objects.create(name="Part", parent=site)
    make_total(make_station("A1", location=part), activations=10, counted_errors=5)
    make_total(make_station("A2", location=site), activations=10, counted_errors=2)
    make_total(make_station("B1", location=other), activations=10, counted_errors=1)

    response = log_in(make_user()).get(PAGE, {"level": level})

    assert names(response.content.decode()) == expected
    assert response.context["overall"].now.rate == Decimal("0.2667")
    if level == "locations":
        # What is part of a site counts there, too.
        assert [row.rate.now.activations for row in response.context["rows"]] == [10, 20, 10]


def test_numbers_when_followed_then_the_overview_shows_as_many_activations(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station(charge_points=2)
    counted(station)
    counted(make_station())
    attempt(station, "failed", "canceled", charge_point=None)
    count()
    client = log_in(make_user())

    for level in ("points", "stations", "locations", "all"):
        context = client.get(PAGE, {"level": level}).context
        overall = context["overall"]
        links = context["overall_links"]
        assert number_of_activations(client, links["errors"]) == overall.now.errors == 7
        assert number_of_activations(client, links["activations"]) == overall.now.activations == 17
        for row in context["rows"]:
            assert number_of_activations(client, row.errors) == row.rate.now.errors
            assert number_of_activations(client, row.activations) == row.rate.now.activations
        for row in context["classes"]:
            if row["number"]:
                assert number_of_activations(client, row["url"]) == row["number"]
    # One of them could be at either charge point.
    assert len(client.get(PAGE).context["rows"]) == 3


def test_classes_when_shown_then_all_of_the_faq_and_the_one_that_does_not_count(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    counted(make_station())

    response = log_in(make_user()).get(PAGE)

    classes = response.context["classes"]
    assert [row["number"] for row in classes[:2]] == [2, 1]
    assert len(classes) == 12
    assert [row["is_counted"] for row in classes] == [True] * 11 + [False]
    assert classes[-1]["number"] == 2
    assert "does not count" in response.content.decode()
    assert response.context["overall"].now == ErrorTally(3, 8)


def test_trend_when_there_was_a_period_before_then_it_says_better_or_worse(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    today = timezone.localdate()
    station = make_station()
    make_total(station, activations=10, counted_errors=2)
    make_total(station, day=today - timedelta(days=40), activations=10, counted_errors=1)

    response = log_in(make_user()).get(PAGE)

    overall = response.context["overall"]
    assert overall.change == Decimal("0.1")
    assert "worse, was 10.0 %" in response.content.decode()
    assert response.context["rows"][0].line.startswith("M")
    assert len(response.context["chart"]["labels"]) == 30


@pytest.mark.parametrize(
    "query, activations",
    [
        ({"period": "7d"}, 1),
        ({"period": "90d"}, 3),
        ({"period": "nonsense"}, 2),
        ({"start": "-20", "end": "-5"}, 1),
        ({"start": "-5"}, 1),
        ({"end": "-30", "period": "7d"}, 0),
        ({"start": "-5", "end": "-20"}, 1),
        ({"start": "0001-01-01"}, 2),
        ({"end": "9999-12-31"}, 2),
    ],
)
def test_period_when_chosen_then_whole_days_of_it(
    alpha: Tenant,
    make_station: Make,
    make_user: Make,
    query: dict[str, str],
    activations: int,
) -> None:
    today = timezone.localdate()
    station = make_station()
    for ago in (0, 10, 60):
        make_total(station, day=today - timedelta(days=ago), activations=1)
    given = {
        name: (today + timedelta(days=int(value))).isoformat() if value[0] == "-" else value
        for name, value in query.items()
    }

    response = log_in(make_user()).get(PAGE, given)

    assert response.context["overall"].now.activations == activations


@pytest.mark.req("ACC-03", "TEN-01")
def test_page_when_limited_to_a_location_then_nothing_else_is_counted(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    own, foreign = make_station("OWN-1"), make_station("FOREIGN-1")
    make_total(own, activations=4, counted_errors=1)
    make_total(foreign, activations=7, counted_errors=7)
    client = log_in(make_user("admin", locations=[own.location]))

    for level in ("points", "stations", "locations", "all"):
        for query in ({}, {"location": foreign.location_id}, {"station": foreign.pk}):
            response = client.get(PAGE, {"level": level, **query})
            text = response.content.decode()
            assert "FOREIGN-1" not in text
            assert str(foreign.location) not in text
            assert response.context["overall"].now.activations in (0, 4)
    for address in FILES:
        assert b"FOREIGN-1" not in client.get(address).content


@pytest.mark.req("ACC-01", "ACC-02")
def test_page_when_somebody_holds_no_right_then_refused(alpha: Tenant, make_station: Make) -> None:
    make_total(make_station(), activations=4)
    client = log_in(User.objects.create_user("nobody@example.com"))

    assert [client.get(address).status_code for address in (PAGE, *FILES)] == [403, 403, 403]


@pytest.mark.req("TEN-01")
def test_page_when_the_tenant_is_another_then_nothing_is_counted(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    make_total(make_station("FOREIGN-1"), activations=4)
    connection.set_tenant(Tenant.objects.get(schema_name="beta"))
    client = log_in(make_user("admin"))

    assert client.get(PAGE).context["overall"].now.activations == 0
    assert b"FOREIGN-1" not in client.get(FILES[0]).content


@pytest.mark.req("INF-20")
def test_export_when_asked_for_then_the_rows_of_the_page(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    make_total(make_station("GOOD"), activations=40, counted_errors=1)
    make_total(make_station("=BAD"), activations=4, counted_errors=2, authorization_failures=3)
    client = log_in(make_user())

    csv = client.get(FILES[0], {"level": "stations"}).content.decode("utf-8-sig").splitlines()
    book = openpyxl.load_workbook(io.BytesIO(client.get(FILES[1]).content))

    assert csv[0].startswith("from;to;location;charge_box_id;charge_port_id;activations;errors")
    assert "'=BAD" in csv[1]
    assert csv[1].endswith("4;2;0.5000;;3")
    assert book.active.max_row == 4


def test_page_when_places_grow_then_queries_do_not_and_raw_rows_are_not_read(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    client = log_in(make_user(locations=[Location.objects.create(name="Site")]))
    site = Location.objects.get(name="Site")
    numbers = []
    for amount in (1, 6):
        for _number in range(amount):
            make_total(make_station(location=site), activations=3, counted_errors=1)
        client.get(PAGE)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(PAGE).status_code == 200
        numbers.append(len(queries))
        texts = [query["sql"] for query in queries]
        assert not [text for text in texts if "chargerecord" in text and "SUM(" in text]
        assert not [text for text in texts if 'FROM "charge_records_activation"' in text]

    assert max(numbers) <= MAX_QUERIES
    assert numbers[1] <= numbers[0]


@pytest.mark.req("INF-01")
@pytest.mark.parametrize("model", ["station", "chargepoint"])
def test_lists_when_opened_then_the_rate_of_30_days_by_one_query_for_all(
    alpha: Tenant, make_station: Make, make_user: Make, model: str
) -> None:
    today = timezone.localdate()
    client = log_in(make_user())
    numbers = []
    for amount in (1, 6):
        for _number in range(amount):
            station = make_station()
            make_total(station, activations=8, counted_errors=1)
            make_total(station, day=today - timedelta(days=31), activations=8, counted_errors=8)
        client.get(f"/infrastructure/{model}/")
        with CaptureQueriesContext(connection) as queries:
            text = client.get(f"/infrastructure/{model}/").content.decode()
        numbers.append(len(queries))

    assert text.count("12.5 %") == 7
    assert "1 of 8" in text
    assert numbers[0] == numbers[1]


@pytest.mark.req("ACC-02")
@pytest.mark.parametrize("model", ["station", "chargepoint"])
def test_lists_when_somebody_may_not_see_rates_then_no_such_column(
    alpha: Tenant, make_station: Make, make_user: Make, model: str
) -> None:
    make_total(make_station(), activations=8, counted_errors=1)
    person = make_user()
    group = person.groups.get()
    group.permissions.remove(*group.permissions.filter(codename="view_dailytotal"))

    text = log_in(person).get(f"/infrastructure/{model}/").content.decode()

    assert "12.5 %" not in text
    assert "Last 30 days" not in text


def test_pages_when_opened_then_the_rate_and_the_way_to_its_activations(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station()
    counted(station)
    client = log_in(make_user())
    point = station.charge_points.get()

    for address in (
        f"/infrastructure/station/{station.pk}/change/",
        f"/infrastructure/chargepoint/{point.pk}/change/",
    ):
        text = client.get(address).content.decode()
        assert "37.5 %" in text
        found = re.search(r'href="([^"]*)" data-errors', text)
        assert found is not None
        assert number_of_activations(client, found[1]) == 3


def test_periods_when_named_then_whole_days_and_months() -> None:
    today = date(2026, 11, 24)

    assert last_days(today, 7) == Period(date(2026, 11, 18), today)
    assert last_months(today) == Period(date(2025, 12, 1), today)
    assert named_period("1d", today).days == 1
    assert last_days(today, 7).before == Period(date(2026, 11, 11), date(2026, 11, 17))
    assert len(list(last_months(today).each_month())) == 12
    with pytest.raises(KeyError):
        named_period("nonsense", today)


@pytest.mark.parametrize("length", [1, 7, 31, 32, 90, 365])
def test_points_when_a_period_is_long_then_by_week_and_each_day_belongs_to_one(
    length: int,
) -> None:
    period = last_days(date(2026, 11, 24), length)
    points = list(period.each_point())

    assert len(points) == (length if length <= 31 else -(-length // 7))
    assert {period.point_of(day) for day in period.each_day()} == set(points)


def test_worst_when_compared_then_rate_first_then_number_and_nothing_last() -> None:
    rates = {
        "none": Compared(ErrorTally(0, 0)),
        "few": Compared(ErrorTally(1, 2)),
        "many": Compared(ErrorTally(50, 100)),
        "fine": Compared(ErrorTally(0, 9)),
    }

    assert [key for key, _rate in worst_first(rates.items())] == ["many", "few", "fine", "none"]
    assert [rate.is_little for rate in rates.values()] == [False, True, False, True]
    assert not Compared(ErrorTally(1, ENOUGH)).is_little


def test_line_when_days_are_missing_then_it_has_a_gap() -> None:
    shares = [Decimal(0), None, Decimal("0.5"), Decimal("0.25")]

    assert svg_path(shares, Decimal("0.5")) == "M0.0 19.0h1M64.0 1.0h1L96.0 10.0"
    assert svg_path([Decimal(0)], None) == svg_path([], Decimal(1)) == ""
