"""The queue of transaction messages: order, offline, retries."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.ocpp.simulator import SimulatedCharger, Vehicle
from apps.ocpp.simulator.session import Stay
from tests.ocpp.simulator.central import AnsweredError, Central, central_system
from tests.ocpp.simulator.clocks import NotingClock

pytestmark = pytest.mark.req("OCP-06")
BILLING = ("StartTransaction", "MeterValues", "StopTransaction")


def billing_messages(central: Central) -> list[str]:
    return [action for _, action, _ in central.calls if action in BILLING]


async def test_transaction_when_online_carries_the_id_answered() -> None:
    async with central_system() as central:
        async with SimulatedCharger(central.url, "CB-1") as charger:
            await charger.boot()
            transaction = await charger.start(1, "CARD", 1000)
            await charger.meter_values(transaction, 1800)
            await charger.stop(transaction, 2500, reason="Local", id_tag="CARD")
        assert central.of("StartTransaction")[0]["meterStart"] == 1000
        assert central.of("MeterValues")[0]["transactionId"] == transaction.id == 101
        stop = central.of("StopTransaction")[0]
        assert (stop["transactionId"], stop["meterStop"], stop["idTag"]) == (101, 2500, "CARD")
        values = [entry["sampledValue"][0] for entry in stop["transactionData"]]
        assert [(value["context"], value["value"]) for value in values] == [
            ("Transaction.Begin", "1000"),
            ("Transaction.End", "2500"),
        ]
        assert (charger.counters.started, charger.counters.stopped) == (1, 1)


async def test_queue_when_offline_is_delivered_in_order_with_the_original_times() -> None:
    began = datetime(2026, 3, 9, 8, tzinfo=UTC)
    async with central_system() as central:
        async with SimulatedCharger(central.url, "CB-1") as charger:
            await charger.boot()
            charger.abort()
            for hour in range(3):
                at = began + timedelta(hours=hour)
                transaction = await charger.start(1, f"CARD{hour}", 100 * hour, at=at)
                await charger.meter_values(transaction, 100 * hour + 50, at=at)
                end = at + timedelta(minutes=30)
                await charger.stop(transaction, 100 * hour + 90, at=end)
            assert len(charger.outbox) == 9
            await charger.connect()
            await charger.outbox.drained()
        assert billing_messages(central) == [*BILLING] * 3
        assert [payload["timestamp"] for payload in central.of("StartTransaction")] == [
            f"2026-03-09T{hour:02}:00:00.000Z" for hour in (8, 9, 10)
        ]
        stops = central.of("StopTransaction")
        assert [stop["transactionId"] for stop in stops] == [101, 102, 103]
        assert stops[2]["timestamp"] == "2026-03-09T10:30:00.000Z"
        assert len(central.of("BootNotification")) == 1


async def test_queue_when_the_socket_dies_before_the_answer_sends_the_message_again() -> None:
    async with central_system() as central:
        lost: list[dict[str, Any]] = []

        def swallow(payload: dict[str, Any]) -> dict[str, Any] | None:
            lost.append(payload)
            if len(lost) == 1:
                central.cut()
                return None
            return {"transactionId": 7, "idTagInfo": {"status": "Accepted"}}

        central.on("StartTransaction", swallow)
        async with SimulatedCharger(central.url, "CB-1") as charger:
            await charger.boot()
            transaction = charger.begin(charger.connectors[1], "CARD", meter_wh=5)
            await charger.wait_closed()
            await charger.connect()
            await charger.outbox.drained()
        assert lost[0] == lost[1]
        assert transaction.id == 7
        assert len(set(central.message_ids)) == len(central.message_ids)


@pytest.mark.parametrize("trouble", ["error", "silence"])
async def test_queue_when_not_answered_properly_retries_with_growing_waits(trouble: str) -> None:
    clock = NotingClock()
    tries = 0

    def third_time(payload: dict[str, Any]) -> dict[str, Any] | None:
        nonlocal tries
        tries += 1
        if tries == 3:
            return {"transactionId": 7, "idTagInfo": {"status": "Accepted"}}
        if trouble == "error":
            raise AnsweredError("InternalError")
        return None

    async with central_system() as central:
        central.on("StartTransaction", third_time)
        async with SimulatedCharger(
            central.url, "CB-1", clock=clock, call_timeout_s=0.05
        ) as charger:
            await charger.boot()
            transaction = await charger.start(1, "CARD", 0)
            await charger.stop(transaction, 10)
        assert clock.slept == [60, 120]
        assert billing_messages(central) == ["StartTransaction"] * 3 + ["StopTransaction"]
        assert central.of("StopTransaction")[0]["transactionId"] == 7


async def test_queue_when_all_attempts_fail_gives_up_and_goes_on() -> None:
    clock = NotingClock()

    def refuse(payload: dict[str, Any]) -> None:
        raise AnsweredError("InternalError")

    async with central_system() as central:
        central.on("StartTransaction", refuse)
        async with SimulatedCharger(central.url, "CB-1", clock=clock) as charger:
            await charger.boot()
            charger.configuration.change("TransactionMessageAttempts", "2")
            charger.configuration.change("TransactionMessageRetryInterval", "10")
            transaction = await charger.start(1, "CARD", 0)
            await charger.stop(transaction, 10)
        assert clock.slept == [10]
        assert charger.counters.dropped == 1
        assert central.of("StopTransaction")[0]["transactionId"] == -1


async def test_session_when_the_card_is_refused_at_start_ends_deauthorized() -> None:
    async with central_system() as central:
        central.on(
            "StartTransaction",
            lambda payload: {"transactionId": 9, "idTagInfo": {"status": "Invalid"}},
        )
        async with SimulatedCharger(central.url, "CB-1") as charger:
            await charger.boot()
            assert await charger.charge(1, "CARD", Vehicle(), Stay()) == "DeAuthorized"
        assert central.of("StopTransaction")[0]["reason"] == "DeAuthorized"


async def test_session_when_power_fails_sends_its_stop_after_the_next_boot() -> None:
    async with central_system() as central:
        async with SimulatedCharger(central.url, "CB-1") as charger:
            await charger.boot()
            connector = charger.connectors[1]
            charger.start_session(connector, "CARD", Stay())
            await central.until_status("Charging")
            await charger.power_cut(0)
            cut_at = charger.now()
            await charger.come_back(0)
            stop = await central.until_called("StopTransaction")
        actions = [action for _, action, _ in central.calls]
        assert actions.index("StopTransaction") > actions.index("BootNotification", 1)
        assert stop["reason"] == "PowerLoss"
        assert datetime.fromisoformat(stop["timestamp"]) <= cut_at


async def test_cards_when_offline_are_judged_by_list_and_cache() -> None:
    async with central_system() as central, SimulatedCharger(central.url, "CB-1") as charger:
        await charger.boot()
        assert await charger.may_charge("LEARNT")
        charger.local_list["LISTED"] = {"status": "Accepted"}
        charger.local_list["BLOCKED"] = {"status": "Blocked"}
        charger.abort()
        assert await charger.may_charge("LEARNT")
        assert await charger.may_charge("LISTED")
        assert not await charger.may_charge("BLOCKED")
        assert not await charger.may_charge("STRANGER")
        charger.configuration.change("AllowOfflineTxForUnknownId", "true")
        assert await charger.may_charge("STRANGER")
