"""Nothing twice: RELIABILITY R5 to R8 over real sockets (OCP-06)."""

import json
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from apps.accounts.models import User
from apps.charge_records.models import ChargeRecord
from tests.factories.pages import log_in
from tests.ocpp.gateway.clients import (
    Charger,
    Place,
    eventually,
    meter_values,
    start_payload,
    stop_payload,
    time_text,
)
from tests.ocpp.gateway.servers import GatewayProcess

# With RACING_PAIRS=1000 the whole row of the table.
PAIRS = int(os.environ.get("RACING_PAIRS", "50"))
# A charger that dials more than 15 times a minute is cooled down.
PAIRS_A_STATION = 5
SESSIONS = "SELECT count(*) FROM charge_records_chargingsession WHERE station_id = %s"
SESSION = (
    "SELECT state, meter_stop_wh, ended_at, stop_reason, flags FROM charge_records_chargingsession "
    "WHERE transaction_id = %s"
)
TAKEN_TWICE = (
    "SELECT count(*) FROM (SELECT 1 FROM ocpp_messageexchange WHERE station_id = %s "
    "AND action = 'StartTransaction' GROUP BY answer::jsonb -> 2 HAVING count(*) > 1) AS pairs"
)
UNMATCHED = (
    "SELECT kind, transaction_id FROM charge_records_unmatchedmessage "
    "WHERE station_id = %s ORDER BY id"
)
SAMPLES = (
    "SELECT transaction_id, count(*) FROM charge_records_metersample WHERE station_id = %s "
    "GROUP BY transaction_id"
)

pytestmark = pytest.mark.req("OCP-06")


def start(charger: Charger, *, message_id: str | None = None, **fields: Any) -> Any:
    return charger.result("StartTransaction", start_payload(**fields), message_id=message_id)


@pytest.mark.parametrize("tag", ["TAG", "NOBODY"])
def test_r5_a_start_again_is_one_row_with_one_answer(
    gateway: GatewayProcess, charger: Charger, station: Place, tag: str
) -> None:
    """27 repetitions in six ways; a refused start is repeated as refused."""
    first = start(charger, idTag=tag, message_id="a")
    again = [
        start(charger, idTag=tag, message_id="a"),
        start(charger, idTag=tag, message_id="b"),
        start(charger, idTag=tag.lower(), message_id="c"),
    ]
    pipelined = [charger.send("StartTransaction", start_payload(idTag=tag)) for _ in range(20)]
    again += [charger.answer_to(message_id)[2] for message_id in pipelined]
    with Charger.dial(gateway.url, station) as other:
        again += [
            start(other, idTag=tag, message_id="a"),
            start(other, idTag=tag, message_id="z"),
        ]
        other.result("StopTransaction", stop_payload(first["transactionId"]))
        again.append(start(other, idTag=tag))
    with Charger.dial(gateway.url, station) as third:
        again.append(start(third, idTag=tag))

    assert len(again) == 27
    assert all(answer == first for answer in again)
    assert first["idTagInfo"]["status"] == ("Accepted" if tag == "TAG" else "Invalid")
    assert station.value(SESSIONS, station.pk) == 1
    assert station.rows(SESSION, first["transactionId"])[0][:2] == ("ended", 3000)


def test_r5_two_processes_race_and_each_start_is_one_row(
    gateway: GatewayProcess,
    start_gateway: Callable[..., GatewayProcess],
    place: Callable[..., Place],
) -> None:
    """Each pair dials two gateways at once, with the same start as first message, two ids."""
    urls = [gateway.url, start_gateway().url]
    stations: list[Place] = []
    ids = set()
    for number in range(PAIRS):
        if number % PAIRS_A_STATION == 0:
            stations.append(place())
        payload = start_payload(meterStart=number, timestamp=time_text(minutes=number - 5000))
        answers = race(urls, stations[-1], payload)
        assert answers, number
        assert all(answer == answers[0] for answer in answers), answers
        ids.add(answers[0]["transactionId"])
    assert sum(one.value(SESSIONS, one.pk) for one in stations) == len(ids) == PAIRS
    # Not vacuous: of many pairs both processes took the start.
    taken = sum(one.value(TAKEN_TWICE, one.pk) for one in stations)
    assert taken >= PAIRS // 5


def race(urls: list[str], station: Place, payload: dict[str, Any]) -> list[Any]:
    """Send the same start through each gateway at the same time; return the answers that came."""
    answers: list[Any] = []
    at_once = threading.Barrier(len(urls))

    def run(url: str) -> None:
        at_once.wait(15)
        # The newer socket closes the other one; its charger would dial again.
        with Charger.dial(url, station) as charger, suppress(ConnectionClosed):
            frame = charger.call("StartTransaction", payload, message_id=url)
            answers.append(frame[2])

    racers = [threading.Thread(target=run, args=[url]) for url in urls]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(30)
    return answers


@pytest.mark.parametrize(
    "change",
    [
        {"timestamp": time_text(minutes=-30 + 1 / 60)},
        {"connectorId": 2},
        {"idTag": "OTHER"},
        {"meterStart": 1001},
    ],
    ids=["a second later", "other connector", "other tag", "other meter"],
)
def test_r6_what_is_no_copy_is_kept(
    gateway: GatewayProcess, place: Callable[..., Place], change: dict[str, Any]
) -> None:
    station = place(charge_points=2)
    with Charger.dial(gateway.url, station) as charger:
        ids = {start(charger)["transactionId"], start(charger, **change)["transactionId"]}
    assert len(ids) == station.value(SESSIONS, station.pk) == 2


def test_r7_the_first_stop_wins_and_the_conflict_is_shown(
    gateway: GatewayProcess,
    charger: Charger,
    station: Place,
    make_user: Callable[..., User],
) -> None:
    """Five more stops are answered; three of them differ and are kept."""
    transaction_id = start(charger)["transactionId"]
    first = stop_payload(transaction_id, reason="Local")
    assert charger.result("StopTransaction", first, message_id="s") == {}
    eventually(lambda: station.look(ChargeRecord.objects.filter(station_id=station.pk).exists))
    before = station.rows(SESSION, transaction_id)
    record = "SELECT r.* FROM charge_records_chargerecord r WHERE r.station_id = %s"
    billed = station.rows(record, station.pk)

    assert charger.result("StopTransaction", first, message_id="s") == {}
    assert charger.result("StopTransaction", first) == {}
    assert charger.result("StopTransaction", {**first, "meterStop": 9999}) == {}
    with Charger.dial(gateway.url, station) as again:
        other_time = {**first, "timestamp": time_text(minutes=-1)}
        assert again.result("StopTransaction", other_time) == {}
        assert again.result("StopTransaction", {**first, "reason": "PowerLoss"}) == {}

    after = station.rows(SESSION, transaction_id)
    assert [row[:4] for row in after] == [row[:4] for row in before]
    assert json.loads(after[0][4]) == ["stop_conflicting"]
    assert station.rows(record, station.pk) == billed
    assert station.rows(UNMATCHED, station.pk) == [("stop_conflicting", transaction_id)] * 3

    def shown() -> str:
        user = make_user(email=f"r7-{station.pk}@example.com")
        pk = ChargeRecord.objects.get(station_id=station.pk).pk
        client = log_in(user)
        return client.get(f"/charge_records/chargerecord/{pk}/change/").content.decode()

    assert "Another end came later with other values" in station.look(shown)


@pytest.mark.parametrize("action", ["StopTransaction", "MeterValues"])
@pytest.mark.parametrize("whose", ["unknown", "0", "-1", "a neighbour's", "another tenant's"])
def test_r8_ids_of_no_own_session_are_answered_kept_and_touch_nothing(
    gateway: GatewayProcess,
    charger: Charger,
    station: Place,
    place: Callable[..., Place],
    action: str,
    whose: str,
) -> None:
    """Ten cases; the victim's row is the same in every column afterwards."""
    victim = place("beta" if whose == "another tenant's" else "alpha")
    whole = "SELECT s.* FROM charge_records_chargingsession s WHERE transaction_id = %s"
    with Charger.dial(gateway.url, victim) as other:
        theirs = start(other)["transactionId"]
        before = victim.rows(whole, theirs)
        named = {"unknown": 2**31 - 1, "0": 0, "-1": -1}.get(whose, theirs)
        payload = (
            stop_payload(named)
            if action == "StopTransaction"
            else meter_values(transactionId=named)
        )
        assert charger.result(action, payload) == {}
        assert victim.rows(whole, theirs) == before
        assert victim.rows(SAMPLES, victim.pk) == victim.rows(UNMATCHED, victim.pk) == []

    assert station.value(SESSIONS, station.pk) == 0
    if action == "StopTransaction":
        assert station.rows(UNMATCHED, station.pk) == [("stop_unknown", named)]
    else:
        # Without a session of their own to join, 0 and -1 name no transaction.
        kept = None if named in (0, -1) else named
        assert station.rows(SAMPLES, station.pk) == [(kept, 2)]
