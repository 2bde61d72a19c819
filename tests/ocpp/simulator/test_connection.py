"""Connecting, registering and staying connected."""

import asyncio
from http import HTTPStatus

import pytest

from apps.ocpp.simulator import (
    CallRefusedError,
    CallTimeoutError,
    Clock,
    HandshakeRefusedError,
    LinkClosedError,
    SimulatedCharger,
)
from apps.ocpp.simulator.frames import Error, Result
from apps.ocpp.simulator.link import basic_header, station_url
from tests.ocpp.simulator.central import AnsweredError, central_system

pytestmark = pytest.mark.req("OCP-01")
NOW = "2026-03-09T08:00:00Z"


@pytest.mark.parametrize(
    "url, address",
    [
        ("ws://host:8000", "ws://host:8000/device/ocpp16/CB%201"),
        ("ws://host:8000/", "ws://host:8000/device/ocpp16/CB%201"),
        ("wss://host/other/path/", "wss://host/other/path/CB%201"),
    ],
)
def test_station_url_when_bare_gets_the_base_path(url: str, address: str) -> None:
    assert station_url(url, "CB 1") == address


def test_basic_header_when_password_is_bytes_sends_them_as_they_are() -> None:
    assert basic_header("CB", b"\xff:") == "Basic Q0I6/zo="


async def test_connect_when_the_password_is_right_speaks_ocpp16() -> None:
    async with central_system() as central:
        central.passwords["CB/1"] = "a:b"
        async with SimulatedCharger(central.url, "CB/1", password="a:b") as charger:
            await charger.boot()
            socket = central.sockets["CB/1"]
            assert socket.subprotocol == "ocpp1.6"
            assert socket.request is not None
            assert socket.request.path == "/device/ocpp16/CB%2F1"


async def test_connect_when_the_password_is_wrong_names_the_remedy() -> None:
    async with central_system() as central:
        central.passwords["CB-1"] = "right"
        with pytest.raises(HandshakeRefusedError, match=r"401 .*create_station") as refusal:
            await SimulatedCharger(central.url, "CB-1", password="wrong").connect()
        assert refusal.value.status == 401


async def test_connect_when_redirected_names_the_target_and_does_not_follow() -> None:
    async with central_system() as central:
        target = "https://other.example/device"
        central.refusal = (HTTPStatus.TEMPORARY_REDIRECT, {"Location": target})
        with pytest.raises(HandshakeRefusedError, match=target):
            await SimulatedCharger(central.url, "CB-1", password="secret").connect()
        assert central.handshakes == 1


async def test_run_when_refused_comes_back_later_with_growing_waits() -> None:
    told: list[str] = []
    async with central_system() as central:
        central.refusal = (HTTPStatus.SERVICE_UNAVAILABLE, {})
        charger = SimulatedCharger(
            central.url,
            "CB-1",
            backoff_s=(0.01, 0.05),
            on_refusal=lambda charge_box_id, refusal: told.append(str(refusal)),
        )
        running = asyncio.create_task(charger.run())
        await central.until(lambda: central.handshakes >= 4)
        central.refusal = None
        await central.until_called("BootNotification")
        assert "503" in told[0]
        running.cancel()
        await charger.leave()


def test_backoff_when_failures_grow_doubles_up_to_the_longest_with_jitter() -> None:
    charger = SimulatedCharger("ws://unused", "CB-1", backoff_s=(1.0, 60.0))
    waits = [charger.backoff(failures) for failures in (0, 1, 2, 3, 20)]
    for wait, middle in zip(waits, (1, 2, 4, 8, 60), strict=True):
        assert 0.5 * middle <= wait <= 1.5 * middle
    assert len({charger.backoff(5) for _ in range(5)}) == 5


async def test_run_when_the_socket_dies_reconnects_without_a_second_boot() -> None:
    async with central_system() as central:
        charger = SimulatedCharger(central.url, "CB-1", backoff_s=(0.01, 0.05))
        running = asyncio.create_task(charger.run())
        await central.until_status("Available")
        central.cut()
        await central.until(lambda: central.statuses() == ["Available", "Available"])
        assert len(central.of("BootNotification")) == 1
        assert charger.counters.reconnects == 1
        running.cancel()
        await charger.leave()


async def test_run_when_pending_asks_again_after_the_interval_and_sends_nothing_else() -> None:
    answers = iter(["Pending", "Rejected", "Accepted"])
    async with central_system() as central:
        central.on(
            "BootNotification",
            lambda payload: {"status": next(answers), "currentTime": NOW, "interval": 20},
        )
        charger = SimulatedCharger(central.url, "CB-1", clock=Clock(1000))
        running = asyncio.create_task(charger.run())
        await central.until_status("Available")
        actions = [action for _, action, _ in central.calls]
        assert actions[:3] == ["BootNotification"] * 3
        assert "BootNotification" not in actions[3:]
        running.cancel()
        await charger.leave()


async def test_heartbeats_when_accepted_follow_the_interval_answered() -> None:
    async with central_system() as central:
        central.on(
            "BootNotification",
            lambda payload: {"status": "Accepted", "currentTime": NOW, "interval": 20},
        )
        async with SimulatedCharger(central.url, "CB-1", clock=Clock(1000)) as charger:
            await charger.boot()
            await central.until_called("Heartbeat", 3)
            assert charger.configuration.integer("HeartbeatInterval") == 20


async def test_boot_when_the_central_system_tells_another_time_takes_it_over() -> None:
    async with central_system() as central:
        central.on(
            "BootNotification",
            lambda payload: {"status": "Accepted", "currentTime": NOW, "interval": 300},
        )
        async with SimulatedCharger(central.url, "CB-1") as charger:
            await charger.boot()
            await charger.status(1, "Available")
        assert central.of("StatusNotification")[0]["timestamp"].startswith("2026-03-09T08:00:0")


async def test_call_when_no_answer_comes_times_out_and_the_next_one_is_sent() -> None:
    async with central_system() as central:
        central.on("Authorize", lambda payload: None)
        async with SimulatedCharger(central.url, "CB-1", call_timeout_s=0.05) as charger:
            with pytest.raises(CallTimeoutError):
                await charger.authorize("A")
            assert "currentTime" in await charger.call("Heartbeat", {})


async def test_calls_when_made_at_once_leave_one_after_the_other() -> None:
    in_flight: list[str] = []
    async with central_system() as central:

        def answer(payload: dict[str, str]) -> None:
            in_flight.append(payload["idTag"])

        central.on("Authorize", answer)  # never answered
        async with SimulatedCharger(central.url, "CB-1") as charger:
            calls = [asyncio.create_task(charger.authorize(tag)) for tag in ("A", "B")]
            await central.until_called("Authorize")
            await charger.send_raw('[2,"probe","Heartbeat",{}]')
            await charger.wait_for_answer("probe")
            assert in_flight == ["A"]
            charger.abort()
            outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [LinkClosedError, LinkClosedError]


async def test_call_when_answered_with_an_error_says_which() -> None:
    def refuse(payload: dict[str, str]) -> None:
        raise AnsweredError("SecurityError")

    async with central_system() as central:
        central.on("Authorize", refuse)
        async with SimulatedCharger(central.url, "CB-1") as charger:
            with pytest.raises(CallRefusedError) as refusal:
                await charger.authorize("A")
        assert refusal.value.code == "SecurityError"
        assert charger.counters.errors == 1


async def test_raw_frames_when_sent_are_answered_and_kept() -> None:
    async with central_system() as central, SimulatedCharger(central.url, "CB-1") as charger:
        await charger.send_raw('[2,"x1","Heartbeat",{}]')
        answer = await charger.wait_for_answer("x1")
        assert isinstance(answer, Result)
        assert list(charger.received) == [answer]


async def test_commands_when_answered_by_hand_get_that_answer() -> None:
    async with central_system() as central, SimulatedCharger(central.url, "CB-1") as charger:
        await charger.boot()
        charger.on("ClearCache", {"status": "Rejected"})
        charger.on("Reset", Error("", "InternalError", "by hand"))
        assert await central.command("ClearCache", {}) == {"status": "Rejected"}
        kind, parts = await central.raw_command("Reset", {"type": "Soft"})
        assert (kind, parts[0]) == (4, "InternalError")
        assert (await charger.wait_for_call("Reset")).payload == {"type": "Soft"}


async def test_commands_when_malformed_or_unknown_get_an_error() -> None:
    async with central_system() as central, SimulatedCharger(central.url, "CB-1") as charger:
        await charger.boot()
        assert await central.raw_command("Dance", {}) == (
            4,
            ["NotImplemented", "Dance is not known here", {}],
        )
        kind, parts = await central.raw_command("Reset", {})
        assert (kind, parts[0]) == (4, "OccurenceConstraintViolation")
        kind, parts = await central.raw_command("UnlockConnector", {"connectorId": "1"})
        assert (kind, parts[0]) == (4, "TypeConstraintViolation")
