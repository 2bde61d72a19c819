"""R20: a process told to end refuses, finishes, sends chargers away one by one, and is gone."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from tests.ocpp.faults.pages import page_status
from tests.ocpp.gateway.clients import Charger, Place, eventually, start_payload
from tests.ocpp.gateway.servers import GatewayProcess, daphne, uvicorn
from tests.ocpp.gateway.test_outage import handshake_status

pytestmark = [pytest.mark.slow, pytest.mark.req("OCP-06")]

CHARGERS = 6
SPREAD_S = 1.5
GONE_S = 10.0


@contextmanager
def locked_stations(station: Place) -> Iterator[None]:
    """Let nothing be written about the station's transactions meanwhile."""

    def lock() -> None:
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE charge_records_chargingsession IN EXCLUSIVE MODE")

    with transaction.atomic():
        station.look(lock)
        yield


@pytest.mark.parametrize("command", [uvicorn, daphne])
def test_r20_a_gateway_that_is_told_to_end_loses_nothing_and_spreads_its_chargers(
    start_gateway: Callable[..., GatewayProcess],
    place: Callable[..., Place],
    command: Callable[[int], list[str]],
) -> None:
    gateway = start_gateway(
        command=command, OCPP_DRAIN_PER_S=str(CHARGERS / SPREAD_S), OCPP_DRAIN_LEAD_S="0.5"
    )
    stations = [place() for _ in range(CHARGERS)]
    chargers = [Charger.dial(gateway.url, station) for station in stations]
    for charger in chargers:
        charger.boot()
    closes: dict[int, tuple[float, int | None]] = {}

    def watch(position: int) -> None:
        code = chargers[position].closed_with()
        closes[position] = (time.monotonic(), code)

    watching = [threading.Thread(target=watch, args=(one,)) for one in range(1, CHARGERS)]
    with locked_stations(stations[0]):
        message_id = chargers[0].send("StartTransaction", start_payload())
        time.sleep(0.2)
        gateway.signal(signal.SIGTERM)
        began = time.monotonic()
        for thread in watching:
            thread.start()
        eventually(lambda: page_status(gateway.port, "/readyz") == 503, within_s=2)
        assert page_status(gateway.port, "/healthz") == 200
        assert handshake_status(gateway.url, stations[0]) == 503
        time.sleep(0.5)
    answer = chargers[0].answer_to(message_id)
    assert answer[0] == 3, answer
    assert chargers[0].closed_with() == 1012
    for thread in watching:
        thread.join(GONE_S)
    assert {code for _, code in closes.values()} == {1012}
    times = sorted(at for at, _ in closes.values())
    assert times[-1] - times[0] >= SPREAD_S / 2
    assert gateway.process is not None
    gateway.process.wait(GONE_S)
    assert time.monotonic() - began <= GONE_S
    count = "SELECT count(*) FROM charge_records_chargingsession WHERE transaction_id = %s"
    assert stations[0].value(count, answer[2]["transactionId"]) == 1
    online = "SELECT count(*) FROM infrastructure_stationconnection WHERE is_online AND station_id"
    for station in stations:
        assert station.value(f"{online} = %s", station.pk) == 0
    assert "Traceback" not in gateway.log.read_text()
