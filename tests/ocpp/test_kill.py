"""kill -9 of the serving process under load: what was answered is stored, once, unchanged."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import WebSocketException

from tests.ocpp.gateway.clients import Charger, Place
from tests.ocpp.gateway.servers import GatewayProcess

KILLS = 3
CHARGERS = 3
ANSWERED_BETWEEN_KILLS = 40


@dataclass
class Truth:
    """One transaction as the charger knows it; `answered`: what the gateway said it has."""

    start: dict[str, Any]
    transaction_id: int = 0
    meter_stop: int = 0
    samples: int = 0
    is_stopped: bool = False


@dataclass
class LoyalCharger:
    """Charges without pause; sends each message until it is answered, on any number of sockets."""

    gateway: GatewayProcess
    place: Place
    rng: random.Random
    stopping: threading.Event = field(default_factory=threading.Event)
    truths: list[Truth] = field(default_factory=list)
    answered: int = 0
    resent: int = 0
    socket: Charger | None = None
    clock: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(days=2))

    def run(self) -> None:
        while not self.stopping.is_set():
            self.charge()
        if self.socket is not None:
            self.socket.close()

    def charge(self) -> None:
        """One transaction, from its start to its stop."""
        meter = self.rng.randrange(1_000_000)
        start = {"connectorId": 1, "idTag": "TAG", "meterStart": meter, "timestamp": self.tick()}
        truth = Truth(start)
        self.truths.append(truth)
        truth.transaction_id = self.deliver("StartTransaction", start)["transactionId"]
        for _ in range(self.rng.randrange(3)):
            meter += 100
            value = {"timestamp": self.tick(), "sampledValue": [{"value": str(meter)}]}
            values = {
                "connectorId": 1,
                "transactionId": truth.transaction_id,
                "meterValue": [value],
            }
            self.deliver("MeterValues", values)
            truth.samples += 1
        truth.meter_stop = meter + 50
        stop = {
            "transactionId": truth.transaction_id,
            "meterStop": truth.meter_stop,
            "timestamp": self.tick(),
        }
        self.deliver("StopTransaction", stop)
        truth.is_stopped = True

    def tick(self) -> str:
        self.clock += timedelta(seconds=self.rng.randrange(1, 60))
        return self.clock.isoformat()

    def deliver(self, action: str, payload: dict[str, Any]) -> Any:
        """Send until answered with a result; the message id is new on each socket or the same."""
        message_id = None
        while True:
            try:
                if self.socket is None:
                    self.socket = Charger.dial(self.gateway.url, self.place)
                    if self.rng.random() < 0.5:
                        message_id = None
                message_id = message_id or f"{action}-{self.rng.getrandbits(48)}"
                frame = self.socket.call(action, payload, message_id=message_id)
            except (OSError, WebSocketException, EOFError, TimeoutError):
                self.resent += 1
                self.socket = None
                time.sleep(0.05)
                continue
            if frame[0] == 3:
                self.answered += 1
                return frame[2]
            assert frame[2] == "InternalError", frame
            self.resent += 1


@pytest.mark.slow
@pytest.mark.req("OCP-06")
def test_kill_9_loses_no_answered_transaction(
    committed: None, place: Callable[..., Place], tmp_path: Path
) -> None:
    process = GatewayProcess(tmp_path / "gateway.log").start()
    chargers = [
        LoyalCharger(process, place(schema), random.Random(seed))
        for seed, schema in zip(range(CHARGERS), ("alpha", "beta", "alpha"), strict=True)
    ]
    threads = [threading.Thread(target=charger.run) for charger in chargers]
    for thread in threads:
        thread.start()
    try:
        dice = random.Random(7)
        for _ in range(KILLS):
            wait_for_answers(chargers, ANSWERED_BETWEEN_KILLS)
            time.sleep(dice.random() * 0.05)  # the moment of the kill is the thing that varies
            process.kill()
            process.start()
        wait_for_answers(chargers, ANSWERED_BETWEEN_KILLS)
    finally:
        for charger in chargers:
            charger.stopping.set()
        for thread in threads:
            thread.join(60)
        process.stop()
    assert sum(charger.resent for charger in chargers) >= KILLS
    for charger in chargers:
        assert_stored(charger)


def wait_for_answers(chargers: list[LoyalCharger], more: int) -> None:
    goal = sum(charger.answered for charger in chargers) + more
    until = time.monotonic() + 60
    while sum(charger.answered for charger in chargers) < goal:
        assert time.monotonic() < until, "chargers are not answered"
        time.sleep(0.01)


def assert_stored(charger: LoyalCharger) -> None:
    """Every transaction is there once, as the charger knows it, and there is no other one."""
    rows = charger.place.rows(
        "SELECT s.transaction_id, s.meter_start_wh, s.started_at, s.state, s.meter_stop_wh, "
        "(SELECT count(DISTINCT (m.sampled_at, m.raw_value)) FROM charge_records_metersample m "
        " WHERE m.station_id = s.station_id AND m.transaction_id = s.transaction_id) "
        "FROM charge_records_chargingsession s WHERE s.station_id = %s ORDER BY s.started_at",
        charger.place.pk,
    )
    expected = [
        (
            truth.transaction_id,
            truth.start["meterStart"],
            datetime.fromisoformat(truth.start["timestamp"]),
            "ended" if truth.is_stopped else "active",
            truth.meter_stop,
            truth.samples,
        )
        for truth in charger.truths
    ]
    assert rows == expected
