"""R17: Redis frozen or gone: transactions and commands go on, pages say so, nobody waits for it.

A frozen Redis (SIGSTOP) takes connections and answers nothing: the worst way to be away.
"""

import json
import signal
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from apps.accounts.models import User
from apps.portal.live import TRY_AGAIN_LATER
from apps.tenants.context import run_in_schema
from apps.vocabulary.commands import Command
from tests.ocpp.faults.programs import (
    QUEUEING,
    Portal,
    RedisServer,
    beat,
    needs_redis_server,
    worker,
)
from tests.ocpp.gateway.clients import Charger, Place, eventually, start_payload, stop_payload
from tests.ocpp.gateway.servers import GatewayProcess
from tests.ocpp.gateway.test_commands import request
from tests.portal.test_live import session_of

pytestmark = [pytest.mark.slow, pytest.mark.req("OCP-06"), needs_redis_server]

PROMPT_S = 2.0
NOTICED_S = 10.0
BACK_S = 10.0
# A worker waits longer before each new attempt to connect.
SETTLED_S = 40.0
HOST = "alpha.localhost"
RECORDS = """
SELECT count(*) FROM charge_records_chargerecord r
JOIN charge_records_chargingsession s ON s.id = r.session_id WHERE s.station_id = %s
"""


def live_page(gateway: GatewayProcess, session_key: str) -> ClientConnection:
    """Open the socket of a page that shows what happens. Raises InvalidStatus."""
    address = f"{HOST}:{gateway.port}"
    return connect(
        f"ws://{address}/ws/live/",
        sock=socket.create_connection(("127.0.0.1", gateway.port)),
        additional_headers={"Cookie": f"sessionid={session_key}"},
        origin=Origin(f"http://{address}"),
        open_timeout=20,
        close_timeout=1,
        legacy=True,
    )


def hears(page: ClientConnection, topic: str) -> bool:
    """Say whether an event of the topic comes."""
    until = time.monotonic() + NOTICED_S
    while time.monotonic() < until:
        if json.loads(page.recv(timeout=NOTICED_S))["topic"] == topic:
            return True
    return False


def closed_with(page: ClientConnection) -> int | None:
    """Return the code with which the server closes."""
    try:
        while True:
            page.recv(timeout=NOTICED_S)
    except ConnectionClosed:
        return page.protocol.close_code


def can_open(gateway: GatewayProcess, session_key: str) -> bool:
    try:
        live_page(gateway, session_key).close()
    except (InvalidStatus, ConnectionClosed):
        return False
    return True


def work_as_usual(charger: Charger, station: Place, minute: int) -> None:
    """A transaction and a command, each as quick as ever."""
    began = time.monotonic()
    start = charger.result("StartTransaction", start_payload(meterStart=minute))
    charger.result("StopTransaction", stop_payload(start["transactionId"], meterStop=minute + 9))
    assert time.monotonic() - began <= PROMPT_S
    began = time.monotonic()
    request(station, Command.CLEAR_CACHE)
    charger.reply(charger.command(), {"status": "Accepted"})
    assert time.monotonic() - began <= PROMPT_S


def test_r17_without_redis_chargers_and_commands_go_on_and_pages_say_that_they_are_not_live(
    committed: None,
    place: Callable[..., Place],
    make_user: Callable[..., User],
    start_gateway: Callable[..., GatewayProcess],
    tmp_path: Path,
) -> None:
    station = place()
    session_key = run_in_schema("alpha", lambda: session_of(make_user("admin")))
    redis = RedisServer(tmp_path)
    settings = {"DJANGO_SETTINGS_MODULE": QUEUEING, "REDIS_URL": redis.url}
    portal = Portal(tmp_path, REDIS_URL=redis.url)
    background = [worker(tmp_path, redis.url), beat(tmp_path, redis.url)]
    programs = [redis, portal, *background]
    try:
        redis.start()
        with ThreadPoolExecutor() as threads:
            others = [threads.submit(program.start) for program in (portal, *background)]
            gateway = start_gateway(**settings)
            for other in others:
                other.result()
        charger = Charger.dial(gateway.url, station)
        charger.boot()
        page = live_page(gateway, session_key)
        charger.status(1, "Preparing")
        assert hears(page, "stations")

        redis.signal(signal.SIGSTOP)
        work_as_usual(charger, station, 100)
        assert closed_with(page) == TRY_AGAIN_LATER
        assert not can_open(gateway, session_key)
        for path in ("/readyz", "/login/"):
            assert portal.status(path, host=HOST, within_s=BACK_S) == 200
        work_as_usual(charger, station, 200)
        redis.signal(signal.SIGCONT)
        eventually(lambda: can_open(gateway, session_key), within_s=BACK_S)
        eventually(lambda: station.value(RECORDS, station.pk) == 2, within_s=SETTLED_S)

        redis.kill()
        work_as_usual(charger, station, 300)
        assert not can_open(gateway, session_key)
        redis.start()
        eventually(lambda: can_open(gateway, session_key), within_s=BACK_S)
        page = live_page(gateway, session_key)
        charger.status(1, "Available")
        assert hears(page, "stations")
        work_as_usual(charger, station, 400)
        eventually(lambda: station.value(RECORDS, station.pk) == 4, within_s=SETTLED_S)
        page.close()
        charger.close()
    finally:
        for program in reversed(programs):
            program.stop()
    for log in [*(program.log for program in programs), gateway.log]:
        assert "Traceback" not in log.read_text(), log.read_text()
