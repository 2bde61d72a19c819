"""The same gateway under our daphne, which `manage.py serve` runs."""

from collections.abc import Callable, Iterator

import pytest

from apps.infrastructure.models import StationConnection
from tests.ocpp.gateway.clients import (
    Charger,
    Place,
    meter_values,
    refusal,
    start_payload,
    stop_payload,
)
from tests.ocpp.gateway.servers import GatewayProcess, daphne


@pytest.fixture(scope="module")
def gateway(committed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    log = tmp_path_factory.mktemp("daphne") / "gateway.log"
    with GatewayProcess(log, command=daphne) as process:
        yield process


@pytest.mark.req("OCP-01")
def test_a_day_is_answered(charger: Charger, station: Place) -> None:
    assert charger.boot()["status"] == "Accepted"
    charger.status(1, "Available")
    transaction_id = charger.result("StartTransaction", start_payload())["transactionId"]
    assert charger.result("MeterValues", meter_values(transaction_id)) == {}
    assert charger.result("StopTransaction", stop_payload(transaction_id)) == {}
    state = "SELECT state FROM charge_records_chargingsession WHERE station_id = %s"
    assert station.value(state, station.pk) == "ended"


@pytest.mark.req("INF-05", "OCP-05")
def test_refusals_have_their_status(gateway: GatewayProcess, station: Place) -> None:
    for _ in range(10):
        refused = refusal(gateway.url, station, password="wrong")
        assert (refused.status_code, "www-authenticate" in refused.headers) == (401, True)
    refused = refusal(gateway.url, station, password="wrong")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")


@pytest.mark.req("OCP-01", "OCP-07")
def test_subprotocols_are_agreed(gateway: GatewayProcess, station: Place) -> None:
    for offered, agreed in ((["x", "OCPP1.6J"], "OCPP1.6J"), (None, None)):
        with Charger.dial(gateway.url, station, subprotocols=offered) as charger:
            assert charger.socket.subprotocol == agreed
            assert "currentTime" in charger.result("Heartbeat", {})
    unknown = Charger.dial(gateway.url, station, subprotocols=["ocpp2.0.1"])
    assert (unknown.socket.subprotocol, unknown.closed_with()) == (None, 1002)


@pytest.mark.req("OCP-07")
def test_odd_frames_are_survived(gateway: GatewayProcess, charger: Charger, station: Place) -> None:
    assert charger.raw(b'[2,"b","Heartbeat",{}]')[:2] == [3, "b"]
    assert charger.raw("odd")[2] == "FormationViolation"
    charger.socket.send('[2,"1","DataTransfer",{"vendorId":"v","data":"' + "x" * 300_000 + '"}]')
    assert charger.closed_with() == 1009
    with Charger.dial(gateway.url, station) as again:
        assert "currentTime" in again.result("Heartbeat", {})


@pytest.mark.req("OCP-06")
def test_the_newest_socket_wins(gateway: GatewayProcess, station: Place) -> None:
    with Charger.dial(gateway.url, station) as old:
        old.boot()
        with Charger.dial(gateway.url, station) as new:
            new.boot()
            assert old.closed_with(within_s=5) == 1000
            assert "currentTime" in new.result("Heartbeat", {})


@pytest.mark.req("OCP-06")
def test_a_stop_says_goodbye(start_gateway: Callable[..., GatewayProcess], station: Place) -> None:
    process = start_gateway(command=daphne)
    with Charger.dial(process.url, station) as charger:
        charger.boot()
        process.stop()
        assert charger.closed_with() == 1012
    row = station.look(lambda: StationConnection.objects.get(pk=station.pk))
    assert not row.is_online
