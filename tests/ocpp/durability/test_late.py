"""Late, disordered, with wrong clocks, without end: RELIABILITY R9 to R12 over real sockets."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from threading import Thread
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from apps.accounts.models import User
from apps.charge_records.models import Activation, ChargeRecord, ChargingSession
from apps.charge_records.selectors.overview import duration_so_far
from apps.charge_records.tasks import catch_up_all
from apps.tenants.context import run_in_schema
from tests.factories.pages import log_in
from tests.ocpp.gateway.clients import (
    Charger,
    Place,
    eventually,
    start_payload,
    stop_payload,
    time_text,
)
from tests.ocpp.gateway.servers import GatewayProcess

DAY_MIN = 24 * 60
CONTENT = "SELECT s.* FROM charge_records_chargingsession s WHERE transaction_id = %s"
TIMES = "SELECT started_at, ended_at FROM charge_records_chargingsession WHERE transaction_id = %s"
SAMPLES = (
    "SELECT raw_value FROM charge_records_metersample WHERE station_id = %s "
    "AND transaction_id = %s ORDER BY sampled_at, id"
)
# Forever ago for a session that gave its last sign of life now.
DAY_LATER = timedelta(hours=24, minutes=1)

pytestmark = pytest.mark.req("OCP-06")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def record_of(station: Place, transaction_id: int) -> ChargeRecord:
    """Return the session's record; it is made after the answer."""
    rows = ChargeRecord.objects.select_related("session")
    mine = rows.filter(session__transaction_id=transaction_id)
    eventually(lambda: station.look(mine.exists))
    return station.look(mine.get)


def session_of(station: Place, transaction_id: int) -> ChargingSession:
    found: ChargingSession = station.look(
        lambda: ChargingSession.objects.get(transaction_id=transaction_id)
    )
    return found


def values(transaction_id: int, *readings: tuple[float, int]) -> dict[str, Any]:
    """Return meter values; readings as (minute, Wh)."""
    return {
        "connectorId": 1,
        "transactionId": transaction_id,
        "meterValue": [
            {"timestamp": time_text(minutes=minute), "sampledValue": [{"value": str(wh)}]}
            for minute, wh in readings
        ],
    }


@pytest.mark.req("INF-07")
def test_r9_transactions_of_three_days_ago_leave_the_running_one_alone(
    charger: Charger, station: Place
) -> None:
    """Two queued transactions come while one runs on the same connector."""
    charger.status(1, "Charging", timestamp=time_text())
    running = charger.result("StartTransaction", start_payload())["transactionId"]
    charger.result("MeterValues", values(running, (-20, 1500)))
    before = station.rows(CONTENT, running)

    late = []
    for number, began in enumerate((-3 * DAY_MIN, -3 * DAY_MIN + 120)):
        start = start_payload(meterStart=100 * number, timestamp=time_text(minutes=began))
        transaction_id = charger.result("StartTransaction", start)["transactionId"]
        charger.status(1, "Finishing", timestamp=time_text(minutes=began + 59))
        charger.result("MeterValues", values(transaction_id, (began + 30, 100 * number + 60)))
        stop = stop_payload(
            transaction_id, meterStop=100 * number + 90, timestamp=time_text(minutes=began + 60)
        )
        charger.result("StopTransaction", stop)
        late.append((transaction_id, began))

    assert station.rows(CONTENT, running) == before
    for transaction_id, began in late:
        own = (moment(time_text(minutes=began)), moment(time_text(minutes=began + 60)))
        assert station.rows(TIMES, transaction_id) == [own]
        assert record_of(station, transaction_id).duration_s == 3600
    connector = "SELECT status FROM infrastructure_connector WHERE station_id = %s AND number = 1"
    assert station.value(connector, station.pk) == "Charging"
    # The running one ends as ever.
    charger.result("StopTransaction", stop_payload(running))
    assert record_of(station, running).energy_wh == 2000


def test_r10_each_sample_is_there_once_in_order_and_energy_unchanged(
    gateway: GatewayProcess, charger: Charger, station: Place
) -> None:
    """Disordered, again with the same and a new id, on another socket, in the stop, after it."""
    transaction_id = charger.result("StartTransaction", start_payload())["transactionId"]
    two, one = values(transaction_id, (-20, 1400), (-22, 1300)), values(transaction_id, (-25, 1200))
    for message in (two, one):
        charger.result("MeterValues", message, message_id=f"m{id(message)}")
        charger.result("MeterValues", message, message_id=f"m{id(message)}")
        charger.result("MeterValues", message)
    pipelined = [charger.send("MeterValues", two) for _ in range(20)]
    for message_id in pipelined:
        assert charger.answer_to(message_id)[0] == 3
    with Charger.dial(gateway.url, station) as again:
        again.result("MeterValues", one)
        again.result("MeterValues", values(transaction_id, (-22, 1300), (-15, 1600)))
        data = values(transaction_id, (-20, 1400), (-10, 1900))["meterValue"]
        again.result("StopTransaction", stop_payload(transaction_id, transactionData=data))
        energy = record_of(station, transaction_id).energy_wh
        again.result("MeterValues", two)
        again.result("MeterValues", values(transaction_id, (-12, 1800)))

    kept = [raw for (raw,) in station.rows(SAMPLES, station.pk, transaction_id)]
    assert kept == ["1200", "1300", "1400", "1600", "1800", "1900"]
    record = station.look(lambda: ChargeRecord.objects.get(station_id=station.pk))
    assert record.energy_wh == energy == 2000
    assert session_of(station, transaction_id).meter_stop_wh == 3000


NOTATIONS: dict[str, Callable[[datetime], str]] = {
    "Z": lambda at: at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    "offset": lambda at: at.astimezone(datetime.now().astimezone().tzinfo).isoformat(),
    "milliseconds": lambda at: at.isoformat(timespec="milliseconds"),
    "epoch": lambda at: str(int(at.timestamp())),
}
CLOCKS: dict[str, tuple[timedelta | datetime, str | None, str | None]] = {
    "ahead by two hours": (timedelta(hours=2), "start_in_future", None),
    "never set": (datetime(1970, 1, 1, tzinfo=UTC), None, "time_implausible"),
    "of 2099": (datetime(2099, 12, 31, tzinfo=UTC), "start_in_future", "time_implausible"),
    "right": (timedelta(hours=-2), None, None),
}


@pytest.mark.req("OCP-07", "CDR-02")
@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("clock", CLOCKS)
def test_r11_an_hour_is_an_hour_whatever_the_clock(
    charger: Charger, station: Place, clock: str, notation: str
) -> None:
    """16 cases: answered, kept as sent beside the time of receipt, flagged as it should be."""
    shift, finding, flag = CLOCKS[clock]
    began = shift if isinstance(shift, datetime) else datetime.now(UTC) + shift
    began = began.replace(microsecond=0)
    if clock == "never set" and notation == "epoch":
        began += timedelta(days=3653)  # seconds since 1970 are told by their length
    write = NOTATIONS[notation]
    before = timezone.now()
    transaction_id = charger.result("StartTransaction", start_payload(timestamp=write(began)))[
        "transactionId"
    ]
    end = write(began + timedelta(hours=1))
    charger.result("StopTransaction", stop_payload(transaction_id, timestamp=end))

    record = record_of(station, transaction_id)
    session = record.session
    assert (session.started_at, record.duration_s) == (began, 3600)
    assert before <= session.start_received_at <= timezone.now()
    assert ("start_in_future" in record.findings) == (finding is not None)
    assert ("time_implausible" in session.flags) == (flag is not None)
    sent = "SELECT request FROM ocpp_messageexchange WHERE station_id = %s AND action = %s"
    assert write(began) in station.value(sent, station.pk, "StartTransaction")


@pytest.mark.req("OCP-07", "CDR-02")
@pytest.mark.parametrize(
    "began, ended",
    [
        ("2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00"),
        ("2026-03-29T01:30:00", "2026-03-29T03:30:00"),
        ("2025-10-26T02:30:00+02:00", "2025-10-26T02:30:00+01:00"),
        ("2025-10-26T01:30:00", "2025-10-26T02:30:00"),
    ],
    ids=["spring", "spring without zone", "autumn", "autumn without zone"],
)
def test_r11_an_hour_is_an_hour_when_the_clocks_change(
    charger: Charger, station: Place, began: str, ended: str
) -> None:
    start = start_payload(timestamp=began)
    transaction_id = charger.result("StartTransaction", start)["transactionId"]
    charger.result("StopTransaction", stop_payload(transaction_id, timestamp=ended))
    record = record_of(station, transaction_id)
    assert record.duration_s == 3600
    assert ("time_without_zone" in record.session.flags) == ("+" not in began)


@pytest.mark.req("INF-08")
@pytest.mark.parametrize(
    "minutes, words",
    [(120, "seconds ahead"), (-120, "seconds behind"), (0, None)],
    ids=["ahead", "behind", "right"],
)
def test_r11_the_stations_page_says_how_its_clock_goes(
    charger: Charger,
    station: Place,
    make_user: Callable[..., User],
    minutes: int,
    words: str | None,
) -> None:
    """A report that waited says nothing of the clock."""
    for delay, status in ((0, "Preparing"), (600, "Charging")):
        at = datetime.now(UTC) + timedelta(minutes=minutes - delay)
        charger.status(1, status, timestamp=at.isoformat())

    def shown() -> str:
        client = log_in(make_user(email=f"clock-{station.pk}@example.com"))
        return client.get(f"/infrastructure/station/{station.pk}/change/").content.decode()

    text = station.look(shown)
    assert ("The clock of the charger" in text) == (words is not None)
    if words:
        sentence = text.split("The clock of the charger is ")[1]
        assert sentence.split(" ", 1)[1].startswith(words)
        assert abs(int(sentence.split()[0]) - 7200) <= 20


@pytest.mark.req("CDR-08")
def test_r12_a_session_without_end_hangs_after_a_day_and_a_late_stop_ends_it(
    gateway: GatewayProcess, station: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Charger.dial(gateway.url, station) as charger:
        charger.boot()
        transaction_id = charger.result("StartTransaction", start_payload())["transactionId"]
    with Charger.dial(gateway.url, station) as charger:
        charger.boot()
        charger.status(1, "Available")
        run_in_schema("public", catch_up_all)
        assert session_of(station, transaction_id).state == "active"

        later = timezone.now() + DAY_LATER
        monkeypatch.setattr("apps.charge_records.tasks.timezone.now", lambda: later)
        for _ in range(2):
            run_in_schema("public", catch_up_all)
        monkeypatch.undo()
        assert session_of(station, transaction_id).state == "hanging"
        assert activation_of(station, transaction_id) == ("failed", "no_charge_record")
        assert not station.look(ChargeRecord.objects.filter(station_id=station.pk).exists)
        # What is not known is not shown as if it ran on.
        assert duration_so_far(session_of(station, transaction_id), now=later) is None

        charger.result("StopTransaction", stop_payload(transaction_id))
        assert record_of(station, transaction_id).energy_wh == 2000
    assert session_of(station, transaction_id).state == "ended"
    eventually(lambda: activation_of(station, transaction_id) == ("completed", ""))


@pytest.mark.parametrize("stop_first", [True, False])
def test_r12_the_next_start_hangs_the_one_without_end(
    charger: Charger, station: Place, stop_first: bool
) -> None:
    """The late stop still ends it, whether the second one has ended or not."""
    first = charger.result("StartTransaction", start_payload())["transactionId"]
    charger.boot()
    start = start_payload(meterStart=2500, timestamp=time_text(minutes=-10))
    second = charger.result("StartTransaction", start)["transactionId"]
    assert session_of(station, first).state == "hanging"
    assert session_of(station, second).state == "active"
    stops = [
        stop_payload(second, meterStop=4000),
        stop_payload(first, meterStop=2400, timestamp=time_text(minutes=-11)),
    ]
    for stop in stops if stop_first else reversed(stops):
        charger.result("StopTransaction", stop)
    assert record_of(station, first).energy_wh == 1400
    assert record_of(station, second).energy_wh == 1500


def test_r12_only_the_stop_survives_a_reset(charger: Charger, station: Place) -> None:
    """The stop comes with id -1 before its start: kept, never guessed. The start opens one."""
    assert charger.result("StopTransaction", stop_payload(-1)) == {}
    transaction_id = charger.result("StartTransaction", start_payload())["transactionId"]
    assert session_of(station, transaction_id).state == "active"
    kept = "SELECT payload ->> 'meter_stop_wh' FROM charge_records_unmatchedmessage"
    assert station.value(f"{kept} WHERE station_id = %s", station.pk) == "3000"


def test_a_start_on_connector_0_is_the_only_charge_points(charger: Charger, station: Place) -> None:
    start = start_payload(connectorId=0)
    transaction_id = charger.result("StartTransaction", start)["transactionId"]
    charger.result("StopTransaction", stop_payload(transaction_id))
    record = record_of(station, transaction_id)
    assert record.charge_point_id is not None
    assert (record.session.connector_number, record.energy_wh) == (0, 2000)


def test_any_order_of_a_stations_queue_gives_the_same_records(
    charger: Charger, station: Place
) -> None:
    """The stops of three transactions, in each of the six orders."""
    expected, seen = [], []
    for turn, order in enumerate(itertools.permutations(range(3))):
        ids = []
        for number in range(3):
            began = -600 - turn * 60 + number * 20
            start = start_payload(
                meterStart=turn * 1000 + number * 100, timestamp=time_text(minutes=began)
            )
            ids.append((charger.result("StartTransaction", start)["transactionId"], began))
        for number in order:
            transaction_id, began = ids[number]
            charger.result(
                "StopTransaction",
                stop_payload(
                    transaction_id,
                    meterStop=turn * 1000 + number * 100 + 50 + number,
                    timestamp=time_text(minutes=began + 15),
                ),
            )
            expected.append((transaction_id, 50 + number, 900))
    for transaction_id, _, _ in expected:
        record = record_of(station, transaction_id)
        seen.append((transaction_id, record.energy_wh, record.duration_s))
    assert seen == expected


@pytest.mark.req("CDR-08", "INF-15")
def test_a_remote_start_by_command_line_is_known_as_ours(charger: Charger, station: Place) -> None:
    """`ocpp_call` with a tag that nobody has."""
    payload = '{"idTag": "DESK", "connectorId": 1}'
    ended: list[int | str | None] = []

    def call() -> None:
        try:
            call_command(
                "ocpp_call",
                station.charge_box_id,
                "RemoteStartTransaction",
                payload,
                stdout=StringIO(),
            )
        except SystemExit as end:
            ended.append(end.code)
        finally:
            connections.close_all()

    thread = Thread(target=call)
    thread.start()
    charger.reply(charger.command(), {"status": "Accepted"})
    thread.join(15)
    assert ended == [0]
    started = charger.result(
        "StartTransaction", start_payload(idTag="desk", timestamp=time_text(minutes=0))
    )
    assert started["idTagInfo"]["status"] == "Accepted"
    assert charger.result("Authorize", {"idTag": "OTHER"})["idTagInfo"]["status"] == "Invalid"


def activation_of(station: Place, transaction_id: int) -> tuple[str, str]:
    activation = station.look(
        lambda: Activation.objects.get(session__transaction_id=transaction_id)
    )
    return activation.state, activation.error_class
