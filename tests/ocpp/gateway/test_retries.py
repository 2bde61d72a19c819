"""Nothing twice: start and stop again, with the same or another id, on any socket (OCP-06)."""

from collections.abc import Callable

import pytest

from tests.ocpp.gateway.clients import (
    Charger,
    Place,
    meter_values,
    start_payload,
    stop_payload,
    time_text,
)
from tests.ocpp.gateway.servers import GatewayProcess

SESSIONS = "SELECT count(*) FROM charge_records_chargingsession WHERE station_id = %s"
UNMATCHED = "SELECT kind FROM charge_records_unmatchedmessage WHERE station_id = %s ORDER BY id"
SAMPLES = "SELECT count(*) FROM charge_records_metersample WHERE station_id = %s"
REPEATED = (
    "SELECT count(*) FROM ocpp_messageexchange WHERE station_id = %s AND flags @> '[\"repeated\"]'"
)


@pytest.mark.req("OCP-06")
def test_a_start_again_gets_the_same_answer(
    gateway: GatewayProcess, charger: Charger, station: Place
) -> None:
    first = charger.call("StartTransaction", start_payload(), message_id="1")
    assert charger.call("StartTransaction", start_payload(), message_id="1") == first
    assert charger.result("StartTransaction", start_payload(), message_id="2") == first[2]
    with Charger.dial(gateway.url, station) as again:
        assert again.call("StartTransaction", start_payload(), message_id="1") == first
        assert again.result("StartTransaction", start_payload(), message_id="9") == first[2]
    assert station.value(SESSIONS, station.pk) == 1
    assert station.value(REPEATED, station.pk) == 2


@pytest.mark.req("OCP-06")
def test_a_start_pipelined_twenty_times_is_one_session(charger: Charger, station: Place) -> None:
    ids = [charger.send("StartTransaction", start_payload()) for _ in range(20)]
    answers = [charger.answer_to(message_id)[2] for message_id in ids]
    assert all(answer == answers[0] for answer in answers)
    assert station.value(SESSIONS, station.pk) == 1


@pytest.mark.req("OCP-06")
@pytest.mark.parametrize(
    "change",
    [
        {"timestamp": time_text(minutes=-29)},
        {"connectorId": 2},
        {"idTag": "OTHER"},
        {"meterStart": 1001},
    ],
)
def test_what_differs_is_another_session(
    gateway: GatewayProcess, place: Callable[..., Place], change: dict[str, object]
) -> None:
    station = place(charge_points=2)
    with Charger.dial(gateway.url, station) as charger:
        one = charger.result("StartTransaction", start_payload())["transactionId"]
        two = charger.result("StartTransaction", start_payload(**change))["transactionId"]
    assert one != two
    assert station.value(SESSIONS, station.pk) == 2


@pytest.mark.req("OCP-06")
def test_a_stop_again_is_answered_and_the_first_counts(
    gateway: GatewayProcess, charger: Charger, station: Place
) -> None:
    transaction_id = charger.result("StartTransaction", start_payload())["transactionId"]
    stop = stop_payload(transaction_id)
    assert charger.result("StopTransaction", stop, message_id="s") == {}
    assert charger.result("StopTransaction", stop, message_id="s") == {}
    assert charger.result("StopTransaction", stop) == {}
    with Charger.dial(gateway.url, station) as again:
        assert again.result("StopTransaction", stop, message_id="s") == {}
        assert again.result("StopTransaction", {**stop, "meterStop": 9999}) == {}
    meter = "SELECT meter_stop_wh FROM charge_records_chargingsession WHERE transaction_id = %s"
    assert station.value(meter, transaction_id) == 3000
    assert station.rows(UNMATCHED, station.pk) == [("stop_conflicting",)]


@pytest.mark.req("OCP-06")
@pytest.mark.parametrize("transaction_id", [0, -1, None, 2**31 - 1, 2**63 - 1, 2**70])
def test_a_stop_of_no_session_is_answered_and_kept(
    charger: Charger, station: Place, transaction_id: int | None
) -> None:
    assert charger.result("StopTransaction", stop_payload(0, transactionId=transaction_id)) == {}
    assert station.rows(UNMATCHED, station.pk) == [("stop_unknown",)]
    assert "currentTime" in charger.result("Heartbeat", {})


@pytest.mark.req("OCP-06", "TEN-01")
@pytest.mark.parametrize("schema", ["alpha", "beta"])
def test_another_stations_session_is_not_touched(
    gateway: GatewayProcess, charger: Charger, place: Callable[..., Place], schema: str
) -> None:
    victim = place(schema)
    with Charger.dial(gateway.url, victim) as other:
        transaction_id = other.result("StartTransaction", start_payload())["transactionId"]
        assert charger.result("StopTransaction", stop_payload(transaction_id)) == {}
        assert charger.result("MeterValues", meter_values(transaction_id)) == {}
    row = victim.rows(
        "SELECT state, last_meter_wh FROM charge_records_chargingsession WHERE transaction_id = %s",
        transaction_id,
    )
    assert row == [("active", None)]


@pytest.mark.req("OCP-06")
def test_meter_values_again_are_stored_once(
    gateway: GatewayProcess, charger: Charger, station: Place
) -> None:
    transaction_id = charger.result("StartTransaction", start_payload())["transactionId"]
    values = meter_values(transaction_id)
    for _ in range(2):
        assert charger.result("MeterValues", values, message_id="m") == {}
    with Charger.dial(gateway.url, station) as again:
        assert again.result("MeterValues", values, message_id="m") == {}
    assert station.value(SAMPLES, station.pk) == 2


@pytest.mark.req("OCP-06", "OCP-07")
def test_message_ids_that_begin_anew_are_new_messages(
    gateway: GatewayProcess, charger: Charger, station: Place
) -> None:
    charger.call("MeterValues", meter_values(7), message_id="1")
    later = meter_values(7)
    later["meterValue"][0]["timestamp"] = time_text(minutes=-10)
    with Charger.dial(gateway.url, station) as again:
        again.call("MeterValues", later, message_id="1")
        first = again.result("Heartbeat", {}, message_id="2")
        assert again.result("Heartbeat", {}, message_id="2") != first
    assert station.value(SAMPLES, station.pk) == 4


@pytest.mark.req("OCP-06")
def test_a_start_on_two_processes_at_once_is_one_session(
    gateway: GatewayProcess, start_gateway: Callable[..., GatewayProcess], station: Place
) -> None:
    other = start_gateway()
    with Charger.dial(gateway.url, station) as one:
        one_id = one.send("StartTransaction", start_payload(), message_id="a")
        answers = []
        with Charger.dial(other.url, station) as two:
            answers.append(two.result("StartTransaction", start_payload(), message_id="b"))
            answers.append(two.result("StartTransaction", start_payload(), message_id="a"))
        assert one_id == "a"
    assert answers[0] == answers[1]
    assert station.value(SESSIONS, station.pk) == 1
