"""R1: kill -9 of gateway, worker, portal under load: what was answered is stored once, unchanged.

And each transaction that ended is settled once, whichever worker died over it.
"""

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import WebSocketException

from apps.charge_records.tasks import catch_up
from bench.loyalty import STORED, Diary
from tests.ocpp.faults.programs import (
    QUEUEING,
    REDIS_SERVER,
    Portal,
    Program,
    RedisServer,
    worker,
)
from tests.ocpp.gateway.clients import Charger, Place, eventually
from tests.ocpp.gateway.servers import GatewayProcess

KILLS = int(os.environ.get("FAULT_KILLS", "10"))
CHARGERS = 3
ANSWERED_BETWEEN_KILLS = 20
SETTLED_S = 60.0


@dataclass
class LoyalCharger:
    """Charges without pause; sends each message until it is answered, on any number of sockets."""

    gateway: GatewayProcess
    place: Place
    rng: random.Random
    stopping: threading.Event = field(default_factory=threading.Event)
    answered: int = 0
    resent: int = 0
    socket: Charger | None = None

    def __post_init__(self) -> None:
        self.diary = Diary(self.rng, "TAG")

    def run(self) -> None:
        while not self.stopping.is_set():
            self.charge()
        if self.socket is not None:
            self.socket.close()

    def charge(self) -> None:
        """One transaction, from its start to its stop."""
        transaction = self.diary.charge()
        message = next(transaction)
        while True:
            answer = self.deliver(*message)
            try:
                message = transaction.send(answer)
            except StopIteration:
                return

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


@contextmanager
def background(folder: Path) -> Iterator[tuple[list[Program], dict[str, str]]]:
    """Worker and portal, where a Redis can be had; yields them and the gateway's environment.

    Without a broker the gateway settles by itself, as all tests do.
    """
    if REDIS_SERVER is None:
        yield [], {}
        return
    with RedisServer(folder) as redis:
        programs = [
            worker(folder, redis.url, TASK_VISIBILITY_TIMEOUT_S="3"),
            Portal(folder, REDIS_URL=redis.url),
        ]
        try:
            for program in programs:
                program.start()
            yield programs, {"DJANGO_SETTINGS_MODULE": QUEUEING, "REDIS_URL": redis.url}
        finally:
            for program in programs:
                program.stop()


@pytest.mark.slow
@pytest.mark.req("OCP-06")
def test_r1_kill_9_loses_no_answered_transaction(
    committed: None, place: Callable[..., Place], tmp_path: Path
) -> None:
    with background(tmp_path) as (others, environment):
        process = GatewayProcess(tmp_path / "gateway.log", **environment).start()
        chargers = [
            LoyalCharger(process, place(schema), random.Random(seed))
            for seed, schema in zip(range(CHARGERS), ("alpha", "beta", "alpha"), strict=True)
        ]
        threads = [threading.Thread(target=charger.run) for charger in chargers]
        for thread in threads:
            thread.start()
        try:
            kill_in_turn([process, *others], chargers)
        finally:
            for charger in chargers:
                charger.stopping.set()
            for thread in threads:
                thread.join(60)
        try:
            for charger in chargers:
                assert_stored(charger)
                eventually(lambda of=charger: is_settled_once(of.place), within_s=SETTLED_S)
        finally:
            process.stop()
    assert sum(charger.resent for charger in chargers) >= KILLS // (1 + len(others))


def kill_in_turn(victims: list[GatewayProcess | Program], chargers: list[LoyalCharger]) -> None:
    """Kill and start one after the other, KILLS times, at moments that nobody planned."""
    dice = random.Random(7)
    for turn in range(KILLS):
        wait_for_answers(chargers, ANSWERED_BETWEEN_KILLS)
        time.sleep(dice.random() * 0.05)  # the moment of the kill is the thing that varies
        victim = victims[turn % len(victims)]
        victim.kill()
        if isinstance(victim, Program):
            victim.launch()  # chargers do not wait for it
        else:
            victim.start()
    wait_for_answers(chargers, ANSWERED_BETWEEN_KILLS)


def is_settled_once(place: Place) -> bool:
    """Say whether each transaction that ended has its record by now. No two, says the database."""
    ended, records = place.rows(
        "SELECT (SELECT count(*) FROM charge_records_chargingsession "
        "WHERE station_id = %s AND state = 'ended'), "
        "(SELECT count(*) FROM charge_records_chargerecord r "
        "JOIN charge_records_chargingsession s ON s.id = r.session_id WHERE s.station_id = %s)",
        place.pk,
        place.pk,
    )[0]
    assert records <= ended
    if records < ended:  # what died with a gateway's memory is found by the periodic job
        catch_up(schema_name=place.schema)
        time.sleep(1)
    return bool(records == ended)


def wait_for_answers(chargers: list[LoyalCharger], more: int) -> None:
    goal = sum(charger.answered for charger in chargers) + more
    until = time.monotonic() + 60
    while sum(charger.answered for charger in chargers) < goal:
        assert time.monotonic() < until, "chargers are not answered"
        time.sleep(0.01)


def assert_stored(charger: LoyalCharger) -> None:
    """Every transaction is there once, as the charger knows it, and there is no other one."""
    rows = charger.place.rows(STORED, charger.place.pk)
    assert rows == [truth.row() for truth in charger.diary.truths]
