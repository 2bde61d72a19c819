"""The list of charge records: tabs, graph, columns, views, totals, how far back it reaches."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import User
from apps.charge_records.models import ChargeRecord
from apps.charge_records.selectors import graph as graphs
from apps.charge_records.selectors import records as selectors
from apps.portal.models import ListChoice, SavedView
from apps.tenants.models import Tenant
from tests.factories.pages import log_in, make_record, make_total

Make = Callable[..., Any]
RECORDS = "/charge_records/chargerecord/"
PAGE = "charge_records.chargerecord"
MAX_QUERIES = 25
EMAID = "DEVLTC12345678X"


def without_identity(user: User) -> User:
    """Take the right to see drivers away from the user's role."""
    for group in user.groups.all():
        group.permissions.remove(*group.permissions.filter(codename="view_driveridentity"))
    return User.objects.get(pk=user.pk)


def count(record: ChargeRecord, day: date | None = None) -> ChargeRecord:
    """Let the record count on a day, as settlement does."""
    record.counted_on = day or timezone.localdate(record.started_at)
    record.save(update_fields=["counted_on"])
    return record


def today() -> date:
    return timezone.localdate()


def bars_of(response: Any) -> dict[str, tuple[int, int]]:
    """Return the bars that have sessions: sessions and energy (Wh) by label."""
    return {
        bar.label: (bar.sessions, bar.energy_wh) for bar in response.context["bars"] if bar.sessions
    }


def tags_in(text: str, *tags: str) -> list[str]:
    return [tag for tag in tags if tag in text]


@pytest.mark.req("CDR-01")
def test_emaid_tab_when_opened_then_only_records_with_an_emaid_which_comes_first(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station()
    make_record(station, id_tag="TAG-WITH", emaid=EMAID)
    make_record(station, id_tag="TAG-WITHOUT")

    text = log_in(make_user()).get(RECORDS, {"tab": "emaid"}).content.decode()

    assert EMAID in text
    assert "TAG-WITHOUT" not in text
    head = re.search(r"<thead>.*?</thead>", text, re.DOTALL)
    assert head is not None
    assert re.findall(r"<th(?: [^>]*)?>(.*?)</th>", head[0])[:2] == ["EMAID", "Start"]


@pytest.mark.req("CDR-01")
@pytest.mark.parametrize(
    "query, shown",
    [
        ({"emaid": "DE-VLT-C1234"}, ["VLT"]),
        ({"emaid": "devltc"}, ["VLT"]),
        ({"provider": "FR-VOI"}, ["VOI"]),
        ({"provider": "DE"}, ["VLT"]),
        ({"search": "FRVOI"}, ["VOI"]),
        ({"provider": "XX"}, []),
    ],
)
def test_emaid_tab_when_filtered_then_by_the_beginning_of_the_contract(
    alpha: Tenant, make_station: Make, make_user: Make, query: dict[str, str], shown: list[str]
) -> None:
    station = make_station()
    make_record(station, id_tag="TAG-VLT", emaid=EMAID)
    make_record(station, id_tag="TAG-VOI", emaid="FRVOIC96704793L")

    text = log_in(make_user()).get(RECORDS, {"tab": "emaid", **query}).content.decode()

    assert [name for name in ("VLT", "VOI") if f"TAG-{name}" in text] == shown


@pytest.mark.req("CDR-01", "ACC-02")
def test_emaid_tab_when_drivers_may_not_be_seen_then_not_offered_and_empty_with_the_reason(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    make_record(make_station(), emaid=EMAID)
    client = log_in(without_identity(make_user()))

    plain = client.get(RECORDS).content.decode()
    asked = client.get(RECORDS, {"tab": "emaid"})

    assert "tab=emaid" not in plain
    assert EMAID not in plain
    assert asked.context["rows"] == []
    assert "It needs the right to see drivers." in asked.content.decode()
    guess = client.get(RECORDS, {"tab": "emaid", "emaid": EMAID[:6], "show": "graph"})
    assert not bars_of(guess)


@pytest.mark.req("CDR-01", "CDR-09")
@pytest.mark.parametrize("by", ["day", "month", "location"])
def test_graph_when_only_days_and_places_are_asked_then_it_is_the_roll_up(
    alpha: Tenant, make_station: Make, make_user: Make, by: str
) -> None:
    station = make_station()
    make_total(station, sessions=3, implausible_sessions=2, energy_wh=30_000)
    query = {"show": "graph", "by": by, "period": "12m" if by == "month" else "30d"}

    response = log_in(make_user()).get(RECORDS, query)

    assert list(bars_of(response).values()) == [(3, 30_000)]
    text = response.content.decode()
    assert "3 sessions, 30.0 kWh" in text
    assert "2 implausible sessions are left out." in text


@pytest.mark.req("CDR-01", "CDR-09")
@pytest.mark.parametrize("by", ["day", "hour", "location"])
def test_graph_when_a_bar_is_followed_then_the_list_has_the_records_that_it_counts(
    alpha: Tenant, make_station: Make, make_user: Make, by: str
) -> None:
    station, other = make_station(), make_station()
    noon = timezone.now().replace(hour=11, minute=5, second=0) - timedelta(days=2)
    over_midnight = noon.replace(hour=22, minute=30) - timedelta(days=1)
    count(make_record(station, started_at=noon, medium="rfid"))
    count(make_record(station, started_at=over_midnight, medium="rfid"))
    later = noon + timedelta(minutes=7)
    count(make_record(other, started_at=later, medium="rfid"))
    count(make_record(station, started_at=later, medium="rfid", bdr_main="error"))
    count(make_record(station, started_at=later + timedelta(minutes=1), medium="remote"))
    client = log_in(make_user())

    graph = client.get(RECORDS, {"show": "graph", "by": by, "medium": "rfid"})

    bars = [bar for bar in graph.context["bars"] if bar.sessions]
    assert sum(bar.sessions for bar in bars) == 3
    assert "1 implausible session is left out." in graph.content.decode()
    for bar in bars:
        totals = client.get(f"{RECORDS}{bar.url}").context["totals"]
        assert (totals.records, totals.energy_wh) == (bar.sessions, bar.energy_wh)


@pytest.mark.req("CDR-01")
def test_graph_when_a_session_begins_after_midnight_there_then_it_counts_on_that_day(
    alpha: Tenant, make_location: Make, make_station: Make, make_user: Make
) -> None:
    """Both days of the list's filter, too, are those of the clock at the location."""
    station = make_station(location=make_location(time_zone="Pacific/Auckland"))
    make_station(location=make_location(time_zone="Europe/Berlin"))
    start = timezone.now().replace(hour=11, minute=30, second=0) - timedelta(days=3)
    there = start.astimezone(ZoneInfo("Pacific/Auckland")).date()
    count(make_record(station, started_at=start, id_tag="TAG-THERE", medium="rfid"), there)
    client = log_in(make_user())

    graph = client.get(RECORDS, {"show": "graph", "by": "day", "medium": "rfid"})
    [bar] = [bar for bar in graph.context["bars"] if bar.sessions]
    one_day = {"start": there.isoformat(), "end": there.isoformat()}

    assert f"start={there}" in bar.url
    assert "TAG-THERE" in client.get(f"{RECORDS}{bar.url}").content.decode()
    assert "TAG-THERE" in client.get(RECORDS, one_day).content.decode()


@pytest.mark.req("CDR-01")
def test_graph_when_a_verdict_is_asked_for_then_none_is_left_out(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station()
    count(make_record(station, bdr_main="error", error_class="negative_energy"))
    count(make_record(station))

    response = log_in(make_user()).get(RECORDS, {"show": "graph", "main": "error"})

    assert list(bars_of(response).values()) == [(1, 12_345)]
    assert "left out" not in response.content.decode()


@pytest.mark.req("CDR-01")
def test_graph_when_it_takes_too_long_then_it_says_so(
    alpha: Tenant, make_station: Make, make_user: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_record(make_station())
    monkeypatch.setattr(graphs, "GRAPH_WITHIN", timedelta(milliseconds=1))
    monkeypatch.setattr(graphs, "sums_of_records", lambda *args: sleep_in_database())

    text = log_in(make_user()).get(RECORDS, {"show": "graph", "by": "hour"}).content.decode()

    assert "Too many records to add up at once" in text


def sleep_in_database() -> dict[Any, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(30)")
    return {}


@pytest.mark.req("CDR-01")
def test_graph_when_nothing_matches_then_the_empty_state(alpha: Tenant, make_user: Make) -> None:
    client = log_in(make_user())

    for query in ({}, {"by": "hour"}, {"by": "location"}, {"period": "24h"}, {"period": "24m"}):
        response = client.get(RECORDS, {"show": "graph", **query})
        assert response.status_code == 200
        assert "<canvas" not in response.content.decode(), query


@pytest.mark.req("ACC-03", "TEN-01")
@pytest.mark.parametrize("query", [{}, {"medium": "rfid"}, {"by": "location"}])
def test_graph_when_limited_to_a_location_then_nothing_of_others(
    alpha: Tenant, make_station: Make, make_user: Make, query: dict[str, str]
) -> None:
    own, foreign = make_station(), make_station()
    for station, sessions in ((own, 1), (foreign, 5)):
        make_total(station, sessions=sessions, energy_wh=12_345 * sessions)
        for _number in range(sessions):
            count(make_record(station))
    client = log_in(make_user(locations=[own.location]))

    response = client.get(RECORDS, {"show": "graph", **query})

    assert list(bars_of(response).values()) == [(1, 12_345)]
    assert str(foreign.location) not in response.content.decode()
    asked = client.get(RECORDS, {"show": "graph", "location": foreign.location_id, **query})
    assert sum(sessions for sessions, _wh in bars_of(asked).values()) <= 1


@pytest.mark.req("ACC-02")
def test_parts_when_the_right_is_missing_then_refused(alpha: Tenant) -> None:
    client = log_in(User.objects.create_user("nobody@example.com"))

    for query in ({"show": "graph"}, {"fragment": "totals"}, {"fragment": "rows"}):
        assert client.get(RECORDS, query).status_code == 403, query


@pytest.mark.req("CDR-01")
def test_totals_when_there_are_many_then_the_browser_fetches_them_exactly(
    alpha: Tenant, make_station: Make, make_user: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "COUNTED_AT_MOST", 2)
    station = make_station()
    for _number in range(3):
        make_record(station, medium="rfid")
    make_record(station, medium="remote")
    client = log_in(make_user())

    response = client.get(RECORDS, {"medium": "rfid"})

    text = response.content.decode()
    assert "More than 2 records; they are being added up." in text
    address = re.search(r'data-totals hx-get="([^"]+)"', text)
    assert address is not None
    sums = client.get(f"{RECORDS}{unescape(address[1])}").content.decode()
    assert "3 records, 37.035 kWh, 3:00:00" in sums


@pytest.mark.req("CDR-01")
def test_totals_when_they_take_too_long_then_they_say_what_helps(
    alpha: Tenant, make_user: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "SUMMED_WITHIN", timedelta(milliseconds=1))
    monkeypatch.setattr(selectors, "sums", lambda records: sleep_in_database())

    text = log_in(make_user()).get(RECORDS, {"fragment": "totals"}).content.decode()

    assert "narrow the filter" in text


@pytest.mark.req("CDR-01")
@pytest.mark.parametrize(
    "query, field",
    [
        ({"start": "2001-01-01"}, "start"),
        ({"end": "2001-01-01"}, "end"),
        ({"start": "2026-02-01", "end": "2026-01-01"}, "end"),
        ({"start": "tomorrow"}, "start"),
    ],
)
def test_period_when_it_cannot_be_analysed_then_an_error_at_its_field_and_no_rows(
    alpha: Tenant, make_station: Make, make_user: Make, query: dict[str, str], field: str
) -> None:
    make_record(make_station(), id_tag="TAG-RECENT")
    client = log_in(make_user())

    for more in ({}, {"show": "graph"}, {"fragment": "totals"}):
        response = client.get(RECORDS, {**query, **more})
        assert response.status_code == 200
        assert "TAG-RECENT" not in response.content.decode()
    page = client.get(RECORDS, query)
    assert list(page.context["filters"].errors) == [field]
    assert "The period cannot be shown" in page.content.decode()


@pytest.mark.req("CDR-01", "CDR-10")
def test_period_when_before_the_limit_then_exports_are_refused_with_field_and_limit(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    make_record(make_station())

    response = log_in(make_user()).get(
        f"{RECORDS}export-csv/", {"start": "2001-01-01"}, follow=True
    )

    assert "Content-Disposition" not in response.headers
    assert "From: Records are analysed at most 2 years back, from " in response.content.decode()


@pytest.mark.req("CDR-01")
@pytest.mark.parametrize("years, is_shown", [(2, False), (3, True)])
def test_period_when_the_tenant_may_look_further_back_then_older_records_show(
    alpha: Tenant, make_station: Make, make_user: Make, years: int, is_shown: bool
) -> None:
    alpha.analysis_years = years
    alpha.save()
    connection.set_tenant(alpha)
    old = timezone.now() - timedelta(days=900)
    make_record(make_station(), started_at=old, id_tag="TAG-OLD")
    day = timezone.localdate(old)

    query = {"start": (day - timedelta(days=1)).isoformat(), "end": day.isoformat()}
    text = log_in(make_user()).get(RECORDS, query).content.decode()

    assert ("TAG-OLD" in text) is is_shown


@pytest.mark.req("CDR-01")
def test_columns_when_chosen_then_remembered_for_this_person_only(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    make_record(make_station(), session_fields={"transaction_id": 987_654})
    user, other = make_user(), make_user()
    client = log_in(user)

    client.post("/list-columns/", {"list": PAGE, "column": ["start", "transaction", "nonsense"]})

    text = client.get(RECORDS).content.decode()
    head = re.search(r"<thead>.*?</thead>", text, re.DOTALL)
    assert head is not None
    assert re.findall(r"<th(?: [^>]*)?>(.*?)</th>", head[0]) == ["Start", "Transaction"]
    assert "987654" in text
    assert "987654" not in log_in(other).get(RECORDS).content.decode()
    client.post("/list-columns/", {"list": PAGE})
    assert "12.345 kWh" in client.get(RECORDS).content.decode()


@pytest.mark.req("CDR-01")
def test_columns_when_the_address_names_some_then_those_and_saved_with_the_view(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    make_record(make_station())
    user = make_user()
    client = log_in(user)

    client.post("/list-columns/", {"list": PAGE, "column": ["start", "energy"]})
    page = client.get(RECORDS, {"medium": "rfid"}).content.decode()
    query = re.search(r'name="query" value="([^"]+)"', page)
    assert query is not None
    saved = {"list": PAGE, "name": "Cards", "query": unescape(query[1])}
    opened = client.post("/saved-views/save/", saved, follow=True)
    client.post("/list-columns/", {"list": PAGE})

    view = SavedView.objects.get(owner=user)
    assert view.query == "columns=start%2Cenergy&medium=rfid"
    assert "The view “Cards” was saved." in opened.content.decode()
    columns = client.get(f"{RECORDS}?{view.query}").context["columns"]
    assert [column.id for column in columns] == ["start", "energy"]


@pytest.mark.req("CDR-01")
def test_list_when_a_view_stands_at_the_start_then_it_opens_and_can_be_left(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    make_record(make_station(), id_tag="TAG-CARD", medium="rfid")
    user = make_user()
    view = SavedView.objects.create(owner=user, page=PAGE, name="Remote", query="medium=remote")
    ListChoice.objects.create(user=user, page=PAGE, first_view=view)
    client = log_in(user)

    first = client.get(RECORDS)
    left = client.get(RECORDS, {"q": ""})

    assert first.status_code == 302
    assert first["Location"] == f"{RECORDS}?medium=remote"
    assert "TAG-CARD" in left.content.decode()


@pytest.mark.req("CDR-01")
@pytest.mark.parametrize(
    "query",
    [
        {},
        {"tab": "emaid"},
        {"show": "graph"},
        {"show": "graph", "by": "location", "medium": "rfid"},
    ],
)
def test_page_when_rows_and_views_grow_then_queries_do_not(
    alpha: Tenant, make_station: Make, make_user: Make, query: dict[str, str]
) -> None:
    station = make_station()
    user = make_user(locations=[station.location])
    client = log_in(user)
    numbers = []
    for amount in (1, 30):
        for index in range(amount):
            record = make_record(
                make_station(location=station.location), emaid=EMAID, medium="rfid"
            )
            count(record)
            SavedView.objects.create(
                owner=user, page=PAGE, name=f"{amount} {index}", query="medium=rfid"
            )
        client.get(RECORDS, query)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(RECORDS, query).status_code == 200
        numbers.append(len(queries))

    assert max(numbers) <= MAX_QUERIES
    assert numbers[1] <= numbers[0]


@pytest.mark.req("CDR-01")
def test_cells_when_every_column_is_shown_then_each_says_something(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    make_record(
        make_station("BOX-9"), emaid=EMAID, error_class="others", bdr_main="error",
    )  # fmt: skip
    client = log_in(make_user())
    every = [column.id for column in client.get(RECORDS).context["all_columns"]]

    response = client.get(RECORDS, {"columns": ",".join(every)})

    body = re.search(r"<tbody>.*?</tbody>", response.content.decode(), re.DOTALL)
    assert body is not None
    assert len(re.findall("<td", body[0])) == len(every)
    assert "<td></td>" not in body[0]
    for word in (EMAID, "BOX-9", "12.34 kW", "13.345 kWh", "Others", "Local"):
        assert word in body[0], word


@pytest.mark.req("CDR-10")
@pytest.mark.parametrize(
    "query, ids",
    [
        ({"columns": "start,bdr,nonsense"}, "record;start;bdr_status;bdr_detail"),
        ({"columns": "emaid,start", "tab": "emaid"}, "emaid;start;record"),
    ],
)
def test_export_when_columns_are_named_then_only_what_they_say(
    alpha: Tenant, make_station: Make, make_user: Make, query: dict[str, str], ids: str
) -> None:
    make_record(make_station(), emaid=EMAID)

    content = log_in(make_user()).get(f"{RECORDS}export-csv/", query).content

    assert content.decode("utf-8-sig").splitlines()[0] == ids
