"""R3: PostgreSQL slow, or behind a way that swallows everything: an error or a close in time."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection
from websockets.exceptions import WebSocketException

from bench.processes import memory_kib
from tests.ocpp.faults.programs import START_S, Portal
from tests.ocpp.faults.proxies import TcpProxy
from tests.ocpp.gateway.clients import Charger, Place, eventually, start_payload, stop_payload
from tests.ocpp.gateway.servers import GatewayProcess, database_url
from tests.ocpp.gateway.test_outage import handshake_status

pytestmark = [pytest.mark.slow, pytest.mark.req("OCP-06")]

ANSWER_S = 10.0
HEARTBEAT_S = 5.0
GROWTH_KIB = 200 * 1024
SLOW_S = 2.0


@pytest.fixture
def way() -> Iterator[TcpProxy]:
    """The way to the tests' PostgreSQL."""
    parts = connection.settings_dict
    with TcpProxy(str(parts["HOST"]), int(parts["PORT"] or 5432)) as proxy:
        yield proxy


@pytest.fixture
def start_portal(committed: None, tmp_path: Path) -> Iterator[Callable[..., Portal]]:
    """Launch portals without waiting for them."""
    portals = []

    def start(**environment: str) -> Portal:
        portals.append(Portal(tmp_path, **environment))
        portals[-1].launch()
        return portals[-1]

    yield start
    for portal in portals:
        portal.stop()


def url_through(way: TcpProxy) -> str:
    parts = urlsplit(database_url())
    user = parts.netloc.rpartition("@")[0]
    return urlunsplit((parts.scheme, f"{user}@127.0.0.1:{way.port}", parts.path, "", ""))


def outcome(charger: Charger, action: str, payload: dict[str, object]) -> tuple[str, float]:
    """Return how a message ended ("result", an error code, "closed") and after how many seconds."""
    began = time.monotonic()
    try:
        frame = charger.call(action, payload, within_s=ANSWER_S + 2)
        kind = "result" if frame[0] == 3 else frame[2]
    except WebSocketException:
        kind = "closed"
    except TimeoutError:
        kind = "silence"
    return kind, time.monotonic() - began


def at_once(*works: Callable[[], tuple[str, float]]) -> list[tuple[str, float]]:
    """Do the works side by side; return what they returned."""
    results: list[tuple[str, float]] = []
    threads = [threading.Thread(target=lambda do=work: results.append(do())) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(ANSWER_S * 3)
    assert len(results) == len(works)
    return results


def test_r3_a_database_behind_a_black_hole_means_errors_then_no_sockets_then_all_again(
    start_gateway: Callable[..., GatewayProcess],
    place: Callable[..., Place],
    way: TcpProxy,
    start_portal: Callable[..., Portal],
) -> None:
    """Half-open for ever: each thread of gateway and portal has to give its connection up."""
    portal = start_portal(DATABASE_URL=url_through(way))
    gateway = start_gateway(DATABASE_URL=url_through(way), OCPP_DATABASE_PATIENCE_S="4")
    places = [place(schema) for schema in ("alpha", "beta", "alpha", "beta")]
    chargers = [Charger.dial(gateway.url, one) for one in places]
    for charger in chargers:
        charger.boot()
    assert gateway.process is not None
    before = memory_kib(gateway.process.pid)

    eventually(lambda: portal.status("/readyz") == 200, within_s=START_S)
    way.swallow()
    ends = at_once(
        lambda: refusal_of(portal),
        *(lambda c=c: outcome(c, "StartTransaction", start_payload()) for c in chargers[:2]),
        *(lambda c=c: outcome(c, "Heartbeat", {}) for c in chargers[2:]),
    )
    assert {kind for kind, _ in ends} <= {"InternalError", "closed", "503"}, ends
    assert portal.status("/healthz") == 200
    assert max(seconds for _, seconds in ends) <= ANSWER_S + 0.5, ends
    eventually(lambda: handshake_status(gateway.url, places[0]) == 503, within_s=20)
    assert memory_kib(gateway.process.pid) - before <= GROWTH_KIB

    way.mend()
    began = time.monotonic()
    eventually(lambda: handshake_status(gateway.url, places[0]) == 101, within_s=ANSWER_S)
    for one in places:
        with Charger.dial(gateway.url, one) as again:
            assert again.result("StartTransaction", start_payload())["transactionId"] > 0
    eventually(lambda: portal.status("/readyz") == 200, within_s=ANSWER_S)
    assert time.monotonic() - began <= ANSWER_S
    assert "Traceback" not in gateway.log.read_text()


def refusal_of(portal: Portal) -> tuple[str, float]:
    """Return the status of the portal's readiness, and after how many seconds it came."""
    began = time.monotonic()
    return str(portal.status("/readyz")), time.monotonic() - began


def test_r3_a_slow_database_is_waited_for_or_refused_and_heartbeats_go_on(
    start_gateway: Callable[..., GatewayProcess], place: Callable[..., Place], way: TcpProxy
) -> None:
    gateway = start_gateway(DATABASE_URL=url_through(way))
    starters = [Charger.dial(gateway.url, place("alpha")) for _ in range(6)]
    others = [Charger.dial(gateway.url, place("beta")) for _ in range(2)]
    for charger in (*starters, *others):
        charger.boot()
    assert gateway.process is not None
    before = memory_kib(gateway.process.pid)

    way.commit_delay_s = SLOW_S
    beats: list[tuple[str, float]] = []

    def beat(charger: Charger) -> tuple[str, float]:
        beats.extend(outcome(charger, "Heartbeat", {}) for _ in range(3))
        return beats[-1]

    ends = at_once(
        *(lambda c=c: outcome(c, "StartTransaction", start_payload()) for c in starters),
        *(lambda c=c: beat(c) for c in others),
    )
    way.mend()

    assert {kind for kind, _ in (*ends, *beats)} == {"result"}, (ends, beats)
    assert max(seconds for _, seconds in ends) <= ANSWER_S + 0.5, ends
    assert max(seconds for _, seconds in beats) <= HEARTBEAT_S, beats

    # Of each answer. A transaction message is several round trips, more than a charger waits for.
    way.delay_s = SLOW_S
    beats.clear()
    ends = at_once(
        lambda: outcome(starters[0], "StopTransaction", stop_payload(1)),
        *(lambda c=c: beat(c) for c in others),
    )
    way.mend()
    assert {kind for kind, _ in ends} <= {"result", "InternalError", "closed"}, ends
    assert max(seconds for _, seconds in ends) <= ANSWER_S + 0.5, ends
    # A heartbeat is one round trip, after the one that is under way.
    assert {kind for kind, _ in beats} == {"result"}, beats
    assert max(seconds for _, seconds in beats) <= HEARTBEAT_S, beats
    assert memory_kib(gateway.process.pid) - before <= GROWTH_KIB
    for charger in (*starters, *others):
        charger.close()
    assert "Traceback" not in gateway.log.read_text()
