"""Activation overview and charge records: what they show, and to whom."""

import io
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import User
from apps.charge_records.models import MeterSample
from apps.charge_records.selectors import records as selectors
from apps.tenants.models import Tenant
from tests.factories.pages import (
    HOSTILE,
    go_online,
    log_in,
    make_activation,
    make_record,
    make_session,
)

Make = Callable[..., Any]
ACTIVATIONS = "/charge_records/activation/"
RECORDS = "/charge_records/chargerecord/"
MAX_QUERIES = 25


@pytest.mark.req("CDR-08")
def test_overview_when_opened_then_the_last_24_hours_newest_first(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station()
    now = timezone.now()
    make_activation(station, id_tag="OLDER", began_at=now - timedelta(hours=23))
    make_activation(station, id_tag="NEWER", began_at=now - timedelta(hours=1))
    make_activation(station, id_tag="YESTERDAY", began_at=now - timedelta(hours=25))

    client = log_in(make_user())
    text = client.get(ACTIVATIONS).content.decode()
    fragment = client.get(ACTIVATIONS, {"fragment": "rows"}).content.decode()

    assert text.index("NEWER") < text.index("OLDER")
    assert "YESTERDAY" not in text
    assert "NEWER" in fragment
    assert "<html" not in fragment
    assert 'data-live-topic="activations"' in fragment


@pytest.mark.req("CDR-08")
def test_overview_when_charging_then_steps_energy_and_power_are_shown(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station()
    session = make_session(station, last_meter_wh=5_300, last_power_w=11_000)
    make_activation(station, session=session, state="charging", started_at=session.started_at)

    text = log_in(make_user()).get(ACTIVATIONS).content.decode()

    assert "4.3 kWh" in text
    assert "11.0 kW" in text
    assert text.count('class="cy-done"') == 2
    assert text.count('class="cy-now"') == 1


@pytest.mark.req("CDR-08", "ACL-03")
@pytest.mark.parametrize(
    "fields, words",
    [
        ({"state": "refused", "refusal": "unknown_card", "authorized_at": None},
         ["Refused", "The card is not known."]),
        ({"state": "failed", "error_class": "no_charge_record"},
         ["Failed", "Charge port failed to provide charge record"]),
    ],
)  # fmt: skip
def test_overview_when_it_went_wrong_then_it_says_why(
    alpha: Tenant, make_station: Make, make_user: Make, fields: dict[str, Any], words: list[str]
) -> None:
    activation = make_activation(make_station(), **fields)
    client = log_in(make_user())

    for url in (ACTIVATIONS, f"{ACTIVATIONS}{activation.pk}/change/", "/"):
        text = client.get(url).content.decode()
        assert words[1] in text, url
    assert words[0] in client.get(ACTIVATIONS).content.decode()


@pytest.mark.req("CDR-08")
@pytest.mark.parametrize(
    "query, shown",
    [
        ({"state": "running"}, {"LIVE"}),
        ({"state": "refused"}, {"NO"}),
        ({"period": "1h"}, {"LIVE", "NO"}),
        ({"search": "tag-don"}, {"DONE"}),
        ({"period": "nonsense"}, {"LIVE", "NO", "DONE"}),
    ],
)
def test_overview_when_filtered_then_only_matching_rows(
    alpha: Tenant, make_station: Make, make_user: Make, query: dict[str, str], shown: set[str]
) -> None:
    station = make_station()
    make_activation(station, id_tag="TAG-LIVE")
    make_activation(station, id_tag="TAG-NO", state="refused")
    long_ago = timezone.now() - timedelta(hours=5)
    make_activation(station, id_tag="TAG-DONE", state="completed", began_at=long_ago)

    text = log_in(make_user()).get(ACTIVATIONS, query).content.decode()

    assert {name for name in ("LIVE", "NO", "DONE") if f"TAG-{name}" in text} == shown


@pytest.mark.req("CDR-01")
def test_records_when_opened_then_the_last_30_days_with_totals(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station("BOX-1")
    make_record(station)
    make_record(station, started_at=timezone.now() - timedelta(days=29), energy_wh=1_000)
    make_record(station, started_at=timezone.now() - timedelta(days=31), energy_wh=77_777)

    text = log_in(make_user()).get(RECORDS).content.decode()

    assert "12.345 kWh" in text
    assert "1:00:00" in text
    assert "BOX-1-1" in text
    assert "77.777" not in text
    assert "2 records, 13.345 kWh, 2:00:00" in text


@pytest.mark.req("CDR-01", "CDR-03", "CDR-05")
@pytest.mark.parametrize(
    "query, shown",
    [
        ({}, {"A", "B"}),
        ({"main": "exclusion"}, {"B"}),
        ({"detail": "consumption_too_low"}, {"B"}),
        ({"eka": "invalid"}, {"B"}),
        ({"medium": "remote"}, {"B"}),
        ({"current": "dc"}, {"B"}),
        ({"error": "any"}, {"B"}),
        ({"error": "energy_implausible"}, {"B"}),
        ({"search": "tag-a"}, {"A"}),
        ({"search": "ag-a"}, set()),
        ({"search": "t-b"}, {"B"}),
        ({"main": "successful", "eka": "invalid"}, set()),
        ({"period": "24h"}, {"A"}),
        ({"main": "' OR 1=1 --"}, {"A", "B"}),
    ],
)
def test_records_when_filtered_then_only_matching_rows(
    alpha: Tenant, make_station: Make, make_user: Make, query: dict[str, str], shown: set[str]
) -> None:
    first, second = make_station("ST-A"), make_station("ST-B")
    second.charge_points.update(current="dc")
    recent = timezone.now() - timedelta(hours=3)
    make_record(first, started_at=recent, id_tag="TAG-A")
    make_record(
        second,
        id_tag="TAG-B",
        started_at=timezone.now() - timedelta(days=3),
        bdr_main="exclusion",
        bdr_detail="consumption_too_low",
        eka="invalid",
        medium="remote",
        error_class="energy_implausible",
    )

    text = log_in(make_user()).get(RECORDS, query).content.decode()

    assert {name for name in ("A", "B") if f"TAG-{name}" in text} == shown


@pytest.mark.req("CDR-01")
def test_records_when_filtered_by_location_and_days_then_only_those(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station, other = make_station(), make_station()
    start = timezone.now() - timedelta(days=40)
    make_record(station, started_at=start, id_tag="TAG-IN")
    make_record(station, id_tag="TAG-LATER")
    make_record(other, started_at=start, id_tag="TAG-ELSEWHERE")
    day = timezone.localtime(start).date().isoformat()

    query = {"location": station.location_id, "start": day, "end": day}
    text = log_in(make_user()).get(RECORDS, query).content.decode()

    assert [name for name in ("IN", "LATER", "ELSEWHERE") if f"TAG-{name}" in text] == ["IN"]


@pytest.mark.req("CDR-01")
def test_records_when_there_are_more_than_a_page_then_older_ones_follow_by_key(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station()
    now = timezone.now()
    for index in range(55):
        # Pairs share their start: the key breaks the tie.
        start = now - timedelta(hours=2 + index // 2)
        make_record(
            station,
            started_at=start,
            id_tag=f"T{index:02}",
            session_fields={"id_tag": f"T{index:02}"},
        )
    client = log_in(make_user())

    first = client.get(RECORDS)
    second = client.get(RECORDS, {"before": first.context["page"].older})

    tags = [row["record"].id_tag for row in first.context["rows"]]
    more = [row["record"].id_tag for row in second.context["rows"]]
    assert len(tags) == 50
    assert len(more) == 5
    assert sorted(tags + more) == [f"T{index:02}" for index in range(55)]
    assert client.get(RECORDS, {"before": "nonsense"}).status_code == 200


@pytest.mark.req("CDR-01")
def test_totals_when_there_are_too_many_then_no_sum_is_given(
    alpha: Tenant, make_station: Make, make_user: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "COUNTED_AT_MOST", 2)
    station = make_station()
    for index in range(3):
        make_record(station, started_at=timezone.now() - timedelta(hours=3 + index))

    text = log_in(make_user()).get(RECORDS).content.decode()

    assert "More than 2 records" in text


@pytest.mark.req("CDR-02", "CDR-05", "CDR-06")
def test_record_when_opened_then_its_whole_story_is_shown(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station("STORY-1")
    start = timezone.now() - timedelta(hours=5)
    record = make_record(
        station,
        started_at=start,
        emaid="DE8ACC12E46L89",
        bdr_main="error",
        bdr_detail="power_implausible",
        findings=["power_implausible", "consumption_too_low"],
        session_fields={
            "flags": ["time_unparsable", "odd_thing"],
            "start_received_at": start + timedelta(minutes=7),
        },
    )
    session = record.session
    make_activation(
        station, session=session, state="completed", began_at=start, started_at=start,
        ended_at=session.ended_at, completed_at=session.ended_at,
    )  # fmt: skip
    for minute in range(3):
        MeterSample.objects.create(
            station_id=station.pk, connector_number=1, transaction_id=session.transaction_id,
            sampled_at=start + timedelta(minutes=minute), received_at=start,
            measurand="Energy.Active.Import.Register", unit="Wh",
            value=Decimal(1_000 + 500 * minute),
        )  # fmt: skip

    response = log_in(make_user()).get(f"{RECORDS}{record.pk}/change/")
    text = response.content.decode()

    for word in (
        "Power implausible for EVSE", "Consumption too low", "more than 10 %", "1.0 kWh",
        "13.345 kWh", "DE8ACC12E46L89", str(session.transaction_id), "Local", "odd_thing",
        "the time of receipt stands in", "0:07:00", "STORY-1-1", "Receipt",
    ):  # fmt: skip
        assert word in text, word
    assert response.context["curve"]["energy_kwh"] == [0.0, 0.5, 1.0]
    assert response.context["curve"]["is_power_computed"]


@pytest.mark.req("CDR-01")
def test_records_when_somebody_tries_to_change_them_then_refused(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    record = make_record(make_station())
    client = log_in(make_user("admin"))
    url = f"{RECORDS}{record.pk}"

    assert client.get(f"{RECORDS}add/").status_code == 403
    assert client.post(f"{RECORDS}add/").status_code == 403
    assert client.post(f"{url}/delete/", {"post": "yes"}).status_code == 403
    client.post(f"{url}/change/", {"energy_wh": "1"})
    record.refresh_from_db()
    assert record.energy_wh == 12_345


@pytest.mark.req("ACC-03", "CDR-01", "CDR-08")
def test_pages_when_the_location_is_foreign_then_nothing_of_it_is_shown(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    own, foreign = make_station(), make_station()
    for station, tag in ((own, "OWN"), (foreign, "FOREIGN")):
        make_activation(station, id_tag=f"ACT-{tag}")
        make_record(station, id_tag=f"REC-{tag}")
    client = log_in(make_user(locations=[own.location]))

    urls = [ACTIVATIONS, f"{ACTIVATIONS}?fragment=rows",
            f"{ACTIVATIONS}?location={foreign.location_id}",
            RECORDS, f"{RECORDS}?fragment=rows", f"{RECORDS}?station={foreign.pk}",
            f"{RECORDS}?search=FOREIGN", f"{RECORDS}export-csv/",
            f"{RECORDS}export-csv/?station={foreign.pk}"]  # fmt: skip
    for url in urls:
        text = client.get(url).content.decode()
        assert "-FOREIGN" not in text, url
        assert str(foreign.location) not in text, url
    assert "REC-OWN" in client.get(RECORDS).content.decode()
    activation, record = foreign.activations.get(), foreign.charge_records.get()
    assert client.get(f"{ACTIVATIONS}{activation.pk}/change/").status_code == 404
    assert client.get(f"{ACTIVATIONS}{activation.pk}/change/?fragment=steps").status_code == 404
    assert client.get(f"{RECORDS}{record.pk}/change/").status_code == 404


@pytest.mark.req("TEN-01", "CDR-01", "CDR-08")
def test_pages_when_the_tenant_is_another_then_nothing_is_found(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station()
    urls = [
        f"{ACTIVATIONS}{make_activation(station, id_tag='ALPHA-TAG').pk}/change/",
        f"{RECORDS}{make_record(station, id_tag='ALPHA-TAG').pk}/change/",
    ]
    connection.set_tenant(Tenant.objects.get(schema_name="beta"))
    client = log_in(make_user("admin"))

    assert [client.get(url).status_code for url in urls] == [404, 404]
    for url in (ACTIVATIONS, RECORDS, f"{RECORDS}export-csv/", "/"):
        assert "ALPHA-TAG" not in client.get(url).content.decode()


@pytest.mark.req("ACC-02")
def test_pages_when_the_right_is_missing_then_refused(alpha: Tenant, make_station: Make) -> None:
    station = make_station()
    client = log_in(User.objects.create_user("nobody@example.com"))

    for url in (ACTIVATIONS, RECORDS, f"{RECORDS}export-csv/", f"{RECORDS}export-xlsx/",
                f"{RECORDS}{make_record(station).pk}/change/",
                f"{ACTIVATIONS}{make_activation(station).pk}/change/"):  # fmt: skip
        assert client.get(url).status_code == 403, url


@pytest.mark.req("CDR-01", "CDR-08")
@pytest.mark.parametrize("url", [ACTIVATIONS, RECORDS])
def test_lists_when_they_grow_then_queries_do_not(
    alpha: Tenant, make_station: Make, make_user: Make, url: str
) -> None:
    station = make_station()
    client = log_in(make_user(locations=[station.location]))
    numbers = []
    for amount in (1, 59):
        for index in range(amount):
            record = make_record(
                station, started_at=timezone.now() - timedelta(minutes=amount * 10 + index)
            )
            make_activation(station, session=record.session, state="completed")
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
    station = make_station("X-2")
    go_online(station)
    record = make_record(
        station,
        id_tag=HOSTILE,
        session_fields={
            "id_tag": HOSTILE, "stop_id_tag": f"{HOSTILE}2", "flags": [HOSTILE],
        },
    )  # fmt: skip
    record.session.stop_reason = HOSTILE
    record.session.save()
    running = make_session(station, id_tag=HOSTILE)
    activation = make_activation(station, id_tag=HOSTILE, session=running, state="charging")
    client = log_in(make_user("admin"))
    point = station.charge_points.get().pk

    for url in (ACTIVATIONS, f"{ACTIVATIONS}{activation.pk}/change/", RECORDS,
                f"{RECORDS}{record.pk}/change/",
                f"/infrastructure/station/{station.pk}/change/",
                f"/infrastructure/chargepoint/{point}/change/"):  # fmt: skip
        text = client.get(url).content.decode()
        assert HOSTILE not in text, url
        assert "&lt;script&gt;" in text, url


@pytest.mark.req("CDR-10")
def test_export_when_filtered_then_the_file_has_the_same_rows(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station()
    make_record(station, id_tag="=1+1", bdr_main="error")
    make_record(station, started_at=timezone.now() - timedelta(days=2))
    client = log_in(make_user())

    content = client.get(f"{RECORDS}export-csv/", {"main": "error"}).content
    lines = content.decode("utf-8-sig").splitlines()
    book = openpyxl.load_workbook(
        io.BytesIO(client.get(f"{RECORDS}export-xlsx/", {"main": "error"}).content)
    )

    assert len(lines) == 2
    assert lines[0].startswith("record;start;end;duration_s;energy_wh")
    assert ";12345;" in lines[1]
    assert ";'=1+1;" in lines[1]
    rows = list(book.active.values)
    assert len(rows) == 3
    assert 12_345 in rows[2]


@pytest.mark.req("CDR-01", "CDR-08")
@pytest.mark.parametrize("url", [ACTIVATIONS, RECORDS])
def test_lists_when_empty_then_they_say_what_comes_next(
    alpha: Tenant, make_user: Make, url: str
) -> None:
    client = log_in(make_user())

    assert "appears here" in client.get(url).content.decode()
    assert "matches the filter" in client.get(url, {"search": "nothing"}).content.decode()


@pytest.mark.req("INF-08", "CDR-08")
def test_station_page_when_a_session_runs_then_it_is_shown_with_its_stop_button(
    alpha: Tenant, make_station: Make, make_user: Make
) -> None:
    station = make_station()
    go_online(station)
    session = make_session(station, last_meter_wh=3_500, last_power_w=7_400)
    point = station.charge_points.get()
    client = log_in(make_user())

    for url in (f"/infrastructure/station/{station.pk}/change/",
                f"/infrastructure/station/{station.pk}/change/?fragment=running",
                f"/infrastructure/chargepoint/{point.pk}/change/",
                f"/infrastructure/chargepoint/{point.pk}/change/?fragment=running"):  # fmt: skip
        text = client.get(url).content.decode()
        assert "2.5 kWh" in text, url
        assert "7.4 kW" in text, url
        assert f"command/stop/?transaction={session.transaction_id}" in text, url
