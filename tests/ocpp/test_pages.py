"""OCPP communication: pairs, filters, newer rows, raw text, and to whom it is shown (INF-14)."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import User
from apps.ocpp import selectors
from apps.tenants.models import Tenant
from tests.factories.pages import HOSTILE, log_in, make_exchange, make_record

Make = Callable[..., Any]
LIST = "/ocpp/messageexchange/"
MAX_QUERIES = 25

pytestmark = pytest.mark.req("INF-14")


def test_list_when_opened_then_request_answer_latency_and_meaning_stand_in_one_row(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station("BOX-1")
    make_exchange(station, "StatusNotification", {"connectorId": 1, "status": "Charging"})

    text = log_in(make_user()).get(LIST).content.decode()

    assert "The station reports Charging on connector 1." in text
    assert "Accepted" in text
    assert "12 ms" in text
    assert "BOX-1" in text


@pytest.mark.parametrize(
    "query, shown",
    [
        ({}, {"Authorize", "Reset", "BootNotification"}),
        ({"routine": "show"}, {"Authorize", "Reset", "BootNotification", "Heartbeat"}),
        ({"action": "Heartbeat"}, {"Heartbeat"}),
        ({"direction": "out"}, {"Reset"}),
        ({"outcome": "problems"}, {"Reset", "BootNotification"}),
        ({"outcome": "error"}, {"BootNotification"}),
        ({"period": "7d"}, {"Authorize", "Reset", "BootNotification", "StopTransaction"}),
        ({"search": "needle"}, {"Authorize"}),
    ],
)
def test_list_when_filtered_then_only_matching_rows(
    alpha: Tenant, make_station: Make, make_user: Make, query: dict[str, str], shown: set[str]
) -> None:
    station = make_station()
    make_exchange(station, "Authorize", {"idTag": "needle"})
    make_exchange(station, "Heartbeat")
    make_exchange(station, "Reset", direction="out", outcome="none", answer="", answered_at=None)
    make_exchange(station, "BootNotification", outcome="error", error_code="FormationViolation")
    make_exchange(station, "StopTransaction", requested_at=timezone.now() - timedelta(days=2))

    response = log_in(make_user()).get(LIST, query)

    assert {row.exchange.action for row in response.context["rows"]} == shown


def test_list_when_a_heartbeat_went_wrong_then_it_is_not_hidden(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    make_exchange(make_station(), "Heartbeat", outcome="error", error_code="InternalError")

    assert "InternalError" in log_in(make_user()).get(LIST).content.decode()


def test_search_when_there_are_many_then_only_the_newest_are_read(
    alpha: Tenant, make_station: Make, make_user: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "SEARCHED_AT_MOST", 1)
    station = make_station()
    make_exchange(
        station, payload={"idTag": "needle"}, requested_at=timezone.now() - timedelta(hours=2)
    )
    make_exchange(station, payload={"idTag": "hay"})

    response = log_in(make_user()).get(LIST, {"search": "needle"})

    assert not response.context["rows"]
    assert "newest 1 messages" in response.content.decode()


def test_newer_when_messages_came_then_only_those_and_a_new_cursor(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station()
    client = log_in(make_user())
    make_exchange(station, "Authorize", requested_at=timezone.now() - timedelta(minutes=5))
    url = client.get(LIST).context["newer_url"]
    make_exchange(station, "BootNotification")

    first = client.get(url)
    second = client.get(first.context["newer_url"])

    assert [row.exchange.action for row in first.context["rows"]] == ["BootNotification"]
    assert not second.context["rows"]
    assert "<html" not in first.content.decode()


def test_message_when_opened_then_the_texts_are_pretty_and_escaped(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    exchange = make_exchange(make_station(), "DataTransfer", {"vendorId": HOSTILE})
    client = log_in(make_user())

    for query in ("", "?fragment=raw"):
        text = client.get(f"{LIST}{exchange.pk}/change/{query}").content.decode()
        assert HOSTILE not in text
        assert "&lt;script&gt;" in text
        assert "data-copy=" in text


@pytest.mark.req("OCP-07")
def test_pages_when_the_station_sends_hostile_text_then_it_is_escaped(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station()
    record = make_record(station, started_at=timezone.now() - timedelta(hours=1))
    for action in ("BootNotification", "StatusNotification", "Authorize", "DataTransfer", HOSTILE):
        make_exchange(
            station,
            action,
            {
                "chargePointVendor": HOSTILE, "chargePointModel": HOSTILE, "connectorId": 1,
                "status": HOSTILE, "errorCode": HOSTILE, "idTag": HOSTILE, "vendorId": HOSTILE,
            },
            message_id=HOSTILE,
            answer=json.dumps([3, "1", {"status": HOSTILE}]),
            flags=[HOSTILE],
            requested_at=record.started_at + timedelta(minutes=5),
        )  # fmt: skip
    make_exchange(station, "Authorize", request=HOSTILE, outcome="error", error_code=HOSTILE)
    client = log_in(make_user("admin"))

    for url in (LIST, f"{LIST}?routine=show&search=script",
                f"/infrastructure/station/{station.pk}/change/?tab=messages",
                f"/charge_records/chargerecord/{record.pk}/change/"):  # fmt: skip
        text = client.get(url).content.decode()
        assert HOSTILE not in text, url
        assert "&lt;script&gt;" in text, url


@pytest.mark.req("ACC-03")
def test_pages_when_the_location_is_foreign_then_nothing_of_it_is_shown(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    own, foreign = make_station("OWN-1"), make_station("FOREIGN-1")
    make_exchange(own)
    exchange = make_exchange(foreign, payload={"idTag": "FOREIGN-TAG"})
    client = log_in(make_user(locations=[own.location]))

    for url in (LIST, f"{LIST}?station={foreign.pk}", f"{LIST}?search=FOREIGN",
                f"{LIST}?location={foreign.location_id}", f"{LIST}export-csv/",
                f"{LIST}export-csv/?station={foreign.pk}",
                f"{LIST}?fragment=newer&after=2026-01-01T00:00:00%2B00:00_1"):  # fmt: skip
        text = client.get(url).content.decode()
        assert "FOREIGN-1" not in text, url
        assert "FOREIGN-TAG" not in text, url
    assert client.get(f"{LIST}{exchange.pk}/change/").status_code == 404
    assert client.get(f"{LIST}{exchange.pk}/change/?fragment=raw").status_code == 404


@pytest.mark.req("TEN-01")
def test_pages_when_the_tenant_is_another_then_nothing_is_found(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    exchange = make_exchange(make_station("ALPHA-1"))
    connection.set_tenant(Tenant.objects.get(schema_name="beta"))
    client = log_in(make_user("admin"))

    assert "ALPHA-1" not in client.get(LIST).content.decode()
    assert "ALPHA-1" not in client.get(f"{LIST}export-csv/").content.decode()
    assert client.get(f"{LIST}{exchange.pk}/change/").status_code == 404


@pytest.mark.req("ACC-02")
def test_pages_when_the_right_is_missing_then_refused_and_the_tab_is_gone(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station()
    exchange = make_exchange(station)
    nobody = log_in(User.objects.create_user("nobody@example.com"))
    for url in (LIST, f"{LIST}export-csv/", f"{LIST}{exchange.pk}/change/"):
        assert nobody.get(url).status_code == 403, url

    user = make_user()
    group = user.groups.get()
    group.permissions.remove(group.permissions.get(codename="view_messageexchange"))
    client = log_in(user)
    page = f"/infrastructure/station/{station.pk}/change/"
    assert "OCPP communication" not in client.get(page).content.decode()
    assert client.get(f"{page}?tab=messages").status_code == 404


def test_list_when_it_grows_then_queries_do_not(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station()
    client = log_in(make_user(locations=[station.location]))
    for url in (LIST, f"/infrastructure/station/{station.pk}/change/?tab=messages"):
        numbers = []
        for amount in (1, 59):
            for _index in range(amount):
                make_exchange(station)
            client.get(url)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(url).status_code == 200
            numbers.append(len(queries))
            assert not any("COUNT(" in query["sql"] for query in queries)

        assert max(numbers) <= MAX_QUERIES
        assert numbers[1] <= numbers[0]


def test_export_when_filtered_then_the_file_has_the_same_rows_and_no_formula(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station()
    make_exchange(station, "Authorize", message_id="=cmd()")
    make_exchange(station, "Heartbeat")

    content = log_in(make_user()).get(f"{LIST}export-csv/").content.decode("utf-8-sig")

    lines = content.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("time;charge_box_id;direction;message")
    assert ";'=cmd();" in lines[1]


def test_station_tab_when_opened_then_only_its_messages_and_filters_keep_the_tab(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station, other = make_station(), make_station()
    make_exchange(station, payload={"idTag": "MINE"})
    make_exchange(other, payload={"idTag": "THEIRS"})

    url = f"/infrastructure/station/{station.pk}/change/"
    text = log_in(make_user()).get(url, {"tab": "messages"}).content.decode()

    assert "MINE" in text
    assert "THEIRS" not in text
    assert '<input type="hidden" name="tab" value="messages">' in text


@pytest.mark.req("CDR-02")
def test_record_page_when_opened_then_only_messages_of_its_session(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station()
    record = make_record(station)
    during = record.started_at + timedelta(minutes=1)
    transaction = record.session.transaction_id
    for payload, at in (
        ({"transactionId": transaction, "meterStop": 1}, during),
        ({"transactionId": transaction + 1, "meterStop": 2}, during),
        ({"transactionId": transaction, "meterStop": 3}, during - timedelta(hours=5)),
    ):
        make_exchange(station, "StopTransaction", payload, requested_at=at)

    url = f"/charge_records/chargerecord/{record.pk}/change/"
    text = log_in(make_user()).get(url).content.decode()

    assert f"Transaction {transaction} ended at 1 Wh." in text
    assert "ended at 2 Wh" not in text
    assert "ended at 3 Wh" not in text
