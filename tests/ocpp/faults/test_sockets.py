"""R13, R15, R22: sockets that come all at once, that are half-open, that come and go."""

import asyncio
import json
import os
import time
from collections.abc import Callable, Sequence

import pytest
from django.utils import timezone
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from bench.processes import memory_kib
from tests.conftest import STATION_KEY
from tests.ocpp.faults.pages import figure, file_handles, page, threads
from tests.ocpp.faults.proxies import TcpProxy
from tests.ocpp.gateway.clients import (
    Charger,
    Place,
    basic,
    eventually,
    meter_values,
    start_payload,
    stop_payload,
)
from tests.ocpp.gateway.servers import GatewayProcess, daphne, uvicorn

pytestmark = [pytest.mark.slow, pytest.mark.req("OCP-06")]

STORM = int(os.environ.get("FAULT_STORM", "100"))
# 500 chargers in 15 s.
SETTLED_S = max(15.0 * STORM / 500, 10.0)
PING_S = 1
OFFLINE_S = 15.0
CYCLES = int(os.environ.get("FAULT_CYCLES", "200"))
AT_ONCE = max(20, CYCLES // 10)  # a station may come a dozen times: then it is taken for flapping
WARM_UP = 2 * AT_ONCE
GROWTH = 1.10


def pinging_uvicorn(port: int) -> list[str]:
    return [*uvicorn(port), "--ws-ping-interval", str(PING_S), "--ws-ping-timeout", str(PING_S)]


def pinging_daphne(port: int) -> list[str]:
    return [*daphne(port), str(PING_S)]


@pytest.mark.parametrize("command", [pinging_uvicorn, pinging_daphne])
def test_r15_a_peer_that_answers_no_ping_is_closed_and_shown_offline(
    start_gateway: Callable[..., GatewayProcess],
    station: Place,
    command: Callable[[int], list[str]],
) -> None:
    """Servers ping each 20 s and wait 30 s; here it is a second each."""
    gateway = start_gateway(command=command)
    online = "SELECT is_online FROM infrastructure_stationconnection WHERE station_id = %s"
    with TcpProxy("127.0.0.1", gateway.port) as way:
        charger = Charger.dial(f"ws://127.0.0.1:{way.port}", station)
        charger.boot()
        time.sleep(PING_S * 3)
        assert station.value(online, station.pk) is True
        way.swallow()
        began = time.monotonic()
        eventually(lambda: not station.value(online, station.pk), within_s=OFFLINE_S)
        assert time.monotonic() - began <= PING_S * 2 + OFFLINE_S
    assert "Traceback" not in gateway.log.read_text()


async def dial(url: str, station: Place) -> ClientConnection:
    """Connect, trying again while nobody listens. Raises InvalidStatus when refused."""
    while True:
        try:
            return await connect(
                f"{url}/device/ocpp16/{station.charge_box_id}",
                additional_headers=basic(station.charge_box_id, STATION_KEY),
                subprotocols=[Subprotocol("ocpp1.6")],
                compression=None,
                open_timeout=60,
                ping_interval=None,
                proxy=None,
            )
        except OSError:
            await asyncio.sleep(0.1)


async def settle(url: str, station: Place) -> ClientConnection:
    """Connect, boot and tell the status of the connector."""
    socket = await dial(url, station)
    for number, action, payload in (
        (1, "BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"}),
        (
            2,
            "StatusNotification",
            {"connectorId": 1, "errorCode": "NoError", "status": "Available"},
        ),
    ):
        await socket.send(json.dumps([2, str(number), action, payload]))
        answer = json.loads(await asyncio.wait_for(socket.recv(), 60))
        assert answer[:2] == [3, str(number)], answer
    return socket


def test_r13_a_storm_of_reconnects_after_a_restart_is_taken_in(
    start_gateway: Callable[..., GatewayProcess], place: Callable[..., Place]
) -> None:
    stations = [place() for _ in range(STORM)]
    gateway = start_gateway()

    async def storm() -> float:
        sockets = await asyncio.gather(*(settle(gateway.url, one) for one in stations))
        await asyncio.to_thread(gateway.kill)
        returning = [asyncio.create_task(settle(gateway.url, one)) for one in stations]
        await asyncio.to_thread(gateway.start)
        began = time.monotonic()
        again: Sequence[ClientConnection] = await asyncio.gather(*returning)
        took_s = time.monotonic() - began
        await asyncio.gather(*(socket.close() for socket in again))
        await asyncio.gather(*(socket.close() for socket in sockets))
        return took_s

    assert asyncio.run(storm()) <= SETTLED_S
    assert "Traceback" not in gateway.log.read_text()


async def live_a_life(url: str, station: Place, number: int) -> None:
    """Connect, charge a little and leave; every other time without a word."""
    socket = await settle(url, station)
    now = timezone.now()

    async def result(action: str, payload: dict[str, object]) -> dict[str, int]:
        message_id = f"{action[:2]}{number}-{now.timestamp()}"
        await socket.send(json.dumps([2, message_id, action, payload]))
        answer = json.loads(await asyncio.wait_for(socket.recv(), 60))
        assert answer[0] == 3, answer
        return answer[2]

    started = await result("StartTransaction", start_payload(timestamp=now.isoformat()))
    await result("MeterValues", meter_values(started["transactionId"]))
    await result(
        "StopTransaction", stop_payload(started["transactionId"], timestamp=now.isoformat())
    )
    if number % 2:
        await socket.close()
    else:
        socket.transport.abort()


def test_r22_sockets_that_come_and_go_leave_nothing_behind(
    start_gateway: Callable[..., GatewayProcess], place: Callable[..., Place]
) -> None:
    stations = [place() for _ in range(AT_ONCE)]
    gateway = start_gateway()
    assert gateway.process is not None
    pid = gateway.process.pid

    async def live(cycles: int) -> None:
        for first in range(0, cycles, AT_ONCE):
            await asyncio.gather(
                *(
                    live_a_life(gateway.url, station, first + position)
                    for position, station in enumerate(stations)
                )
            )

    def state() -> tuple[int, int, float]:
        eventually(lambda: figure(gateway.port, "chargeyard_gateway_connections") == 0)
        tasks = figure(gateway.port, "chargeyard_gateway_loop_tasks")
        return file_handles(pid), threads(pid), tasks

    asyncio.run(live(WARM_UP))
    before, memory = state(), memory_kib(pid)
    asyncio.run(live(CYCLES))

    def is_as_before() -> bool:
        handles, running, tasks = state()
        # One handle of tolerance: the socket of the question itself.
        return handles <= before[0] + 1 and running <= before[1] and tasks <= before[2] + 1

    eventually(is_as_before)
    assert memory_kib(pid) <= memory * GROWTH
    assert "Traceback" not in gateway.log.read_text()


@pytest.mark.req("OCP-01")
def test_the_gateway_s_figures_are_told_to_this_machine_and_to_nobody_else(
    start_gateway: Callable[..., GatewayProcess], station: Place
) -> None:
    gateway = start_gateway(METRICS_TENANTS="1")
    with Charger.dial(gateway.url, station) as charger:
        charger.boot()
        charger.raw('[2,"7","Nonsense",{}]')
        assert figure(gateway.port, "chargeyard_gateway_connections") == 1
        assert figure(gateway.port, 'chargeyard_tenant_connections{tenant="alpha"}') == 1
        answers = 'chargeyard_ocpp_messages_total{action="%s",outcome="%s"}'
        assert figure(gateway.port, answers % ("BootNotification", "result")) == 1
        assert figure(gateway.port, answers % ("Nonsense", "refused")) == 1
        assert figure(gateway.port, "chargeyard_fast_lane_batches_total") >= 1
        for name in ("database_up", "bell_up", "gateway_takes_sockets"):
            assert figure(gateway.port, f"chargeyard_{name}") == 1
    for headers in ({"Host": "alpha.localhost"}, {"X_Forwarded_For": "127.0.0.1"}):
        assert page(gateway.port, "/metrics", **headers)[0] == 404
    guarded = start_gateway(METRICS_TOKEN="a-token")
    assert page(guarded.port, "/metrics")[0] == 404
    assert page(guarded.port, "/metrics", Authorization="Bearer another")[0] == 404
    status, text = page(guarded.port, "/metrics", Authorization="Bearer a-token")
    assert (status, "chargeyard_tenant" in text) == (200, False)
