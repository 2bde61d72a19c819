"""R2, R4: PostgreSQL stopped in the middle of the work, for a moment or for half an hour."""

import contextlib
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import STATUS_IN_TRANSACTION
from websockets.exceptions import WebSocketException

from apps.core.patient_locks import LOCK_TIMEOUT_S
from tests.ocpp.faults.clusters import Cluster, FarPlace
from tests.ocpp.faults.programs import QUEUEING
from tests.ocpp.gateway.clients import Charger, eventually
from tests.ocpp.gateway.servers import GatewayProcess
from tests.ocpp.gateway.test_outage import handshake_status
from tests.ocpp.test_kill import LoyalCharger, assert_stored, wait_for_answers

pytestmark = [pytest.mark.slow, pytest.mark.req("OCP-06")]

BOUNCES = int(os.environ.get("FAULT_BOUNCES", "3"))
BACK_S = 10.0
# Whoever reads a table that long waits behind a migration.
WAITED_S = 1.0
DOWN_S = 0.7
CHARGERS = 10
PAIRS = 25
# Half an hour in nine seconds.
FASTER = 200
OUTAGE_S = 30 * 60 / FASTER
# OCPP 1.6, 3.7.1: its example; the wait grows with each attempt.
ATTEMPTS = 3
RETRY_INTERVAL_S = 60 / FASTER
REDIAL_S = 20 / FASTER


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster() as running:
        yield running


@pytest.fixture(scope="module")
def places(cluster: Cluster) -> list[FarPlace]:
    return cluster.stations(CHARGERS + 3)


def gateway_of(cluster: Cluster, folder: Path, **environment: str) -> GatewayProcess:
    return GatewayProcess(
        folder / "gateway.log",
        DJANGO_SETTINGS_MODULE=QUEUEING,
        DATABASE_URL=cluster.url,
        DATA_DIR=str(cluster.folder),
        REDIS_URL="",
        **environment,
    )


def test_r2_while_postgresql_is_stopped_nothing_is_acknowledged_and_soon_after_all_is(
    cluster: Cluster, places: list[FarPlace], tmp_path: Path
) -> None:
    dice = random.Random(2)
    with gateway_of(cluster, tmp_path) as gateway:
        chargers = [
            LoyalCharger(gateway, place, random.Random(seed))
            for seed, place in enumerate(places[CHARGERS:])
        ]
        threads = [threading.Thread(target=charger.run) for charger in chargers]
        for thread in threads:
            thread.start()
        slowest = 0.0
        try:
            for _ in range(BOUNCES):
                wait_for_answers(chargers, 40)
                time.sleep(dice.random() * 0.05)
                cluster.stop_immediately()
                time.sleep(0.2)  # what was committed before is on its way still
                answered = sum(charger.answered for charger in chargers)
                time.sleep(DOWN_S)
                assert sum(charger.answered for charger in chargers) == answered
                cluster.start()
                began = time.monotonic()
                wait_for_answers(chargers, 1)
                slowest = max(slowest, time.monotonic() - began)
            wait_for_answers(chargers, 40)
        finally:
            for charger in chargers:
                charger.stopping.set()
            for thread in threads:
                thread.join(60)
    assert slowest <= BACK_S
    for charger in chargers:
        assert_stored(charger)
    assert "Traceback" not in gateway.log.read_text()


def test_r20_migrations_beside_open_transactions_wait_shortly_and_try_again(
    cluster: Cluster, places: list[FarPlace]
) -> None:
    """The last migration of a room is undone, so that there is one to run."""
    cluster.manage("migrate_schemas", "infrastructure", "0001", f"--schema={places[0].schema}")
    table = f"{places[0].schema}.infrastructure_station"
    waits: list[float] = []
    with (
        contextlib.closing(psycopg2.connect(places[0].dsn)) as holder,
        contextlib.closing(psycopg2.connect(places[0].dsn)) as reader,
    ):
        reader.autocommit = True
        with holder.cursor() as cursor:
            cursor.execute(f"SELECT id FROM {table}")  # its transaction stays open
        upgrade = threading.Thread(target=cluster.manage, args=["upgrade"])
        upgrade.start()
        while upgrade.is_alive():
            began = time.monotonic()
            with reader.cursor() as cursor:
                cursor.execute(f"SELECT id FROM {table}")
            waits.append(time.monotonic() - began)
            if max(waits) > WAITED_S and holder.status == STATUS_IN_TRANSACTION:
                holder.commit()  # after the first time-out: the next try will succeed
            time.sleep(0.05)
        upgrade.join()
    assert WAITED_S < max(waits) <= LOCK_TIMEOUT_S + 1
    newest = "SELECT count(*) FROM django_migrations WHERE app = 'infrastructure'"
    assert places[0].value(newest) >= 2


@dataclass
class PatientCharger:
    """Queues its transaction messages, in order. A CALLERROR costs one of three attempts, after the
    last one the message is dropped; a socket that is gone or refused costs none.
    """

    url: str
    place: FarPlace
    queued: list[Callable[[], tuple[str, dict[str, Any]]]] = field(default_factory=list)
    socket: Charger | None = None
    stored: int = 0
    dropped: int = 0
    errors: int = 0
    transaction_id: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)

    def begin_and_end(self, number: int) -> None:
        """Queue the two messages of a transaction."""
        at = datetime.now(UTC) - timedelta(days=1) + timedelta(seconds=number)
        start = {"connectorId": 1, "idTag": "TAG", "meterStart": number, "timestamp": str(at)}
        stop = {"meterStop": number + 5, "timestamp": str(at + timedelta(milliseconds=500))}
        self.queued.append(lambda: ("StartTransaction", start))
        self.queued.append(
            lambda: ("StopTransaction", {**stop, "transactionId": self.transaction_id})
        )

    def run(self) -> None:
        while not self.stopping.is_set():
            if self.queued:
                self.deliver(*self.queued[0]())
                self.queued.pop(0)
            else:
                time.sleep(0.02)
        if self.socket is not None:
            self.socket.close()

    def deliver(self, action: str, payload: dict[str, Any]) -> None:
        attempts = 0
        while not self.stopping.is_set():
            try:
                self.socket = self.socket or Charger.dial(self.url, self.place)
                frame = self.socket.call(action, payload)
            except (OSError, WebSocketException, EOFError, TimeoutError):
                self.socket = None
                time.sleep(REDIAL_S)
                continue
            if frame[0] == 3:
                self.stored += 1
                self.transaction_id = frame[2].get("transactionId", self.transaction_id)
                return
            attempts, self.errors = attempts + 1, self.errors + 1
            if attempts == ATTEMPTS:
                self.dropped += 1
                return
            time.sleep(RETRY_INTERVAL_S * attempts)


def test_r4_an_outage_of_half_an_hour_makes_no_charger_drop_a_message(
    cluster: Cluster, places: list[FarPlace], tmp_path: Path
) -> None:
    patience_s = 15 / FASTER
    with gateway_of(cluster, tmp_path, OCPP_DATABASE_PATIENCE_S=str(patience_s)) as gateway:
        chargers = [PatientCharger(gateway.url, place) for place in places[:CHARGERS]]
        threads = [threading.Thread(target=charger.run) for charger in chargers]
        for charger in chargers:
            charger.begin_and_end(0)
        for thread in threads:
            thread.start()
        try:
            eventually(lambda: all(charger.stored == 2 for charger in chargers))
            cluster.stop_immediately()
            for number in range(1, PAIRS):
                for charger in chargers:
                    charger.begin_and_end(number)
                time.sleep(OUTAGE_S / PAIRS)
            assert handshake_status(gateway.url, places[0]) == 503
            cluster.start()
            eventually(
                lambda: all(charger.stored + charger.dropped == 2 * PAIRS for charger in chargers),
                within_s=60,
            )
        finally:
            for charger in chargers:
                charger.stopping.set()
            for thread in threads:
                thread.join(30)
    assert sum(charger.dropped for charger in chargers) == 0
    assert sum(charger.stored for charger in chargers) == CHARGERS * 2 * PAIRS
    assert sum(charger.errors for charger in chargers) > 0
    count = (
        "SELECT count(*), count(meter_stop_wh) FROM charge_records_chargingsession "
        "WHERE station_id = %s"
    )
    for charger in chargers:
        assert charger.place.rows(count, charger.place.pk) == [(PAIRS, PAIRS)]
