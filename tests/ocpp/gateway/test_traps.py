"""Guards of traps that were met: mixed tenants, hops per event, the wrong driver, slow hashes."""

import asyncio
import re
import time
from collections.abc import Callable
from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from channels.consumer import AsyncConsumer
from django.conf import settings

from apps.infrastructure.services.passwords import hash_key
from apps.ocpp import authentication, consumers
from apps.ocpp.authentication import Attempt, Authenticator, Dialled
from apps.ocpp.connection import StationFacts
from apps.ocpp.consumers import StationConsumer
from apps.ocpp.handshake import Credentials
from apps.ocpp.lanes import slow
from apps.ocpp.lanes.slow import Lane
from apps.ocpp.routes import RouteCache
from apps.ocpp.transport import Transport
from tests.ocpp.gateway.servers import ROOT

# A database call inside a coroutine: async ORM, hops through Channels' one shared thread.
ASYNC_DATABASE = re.compile(
    r"database_sync_to_async|sync_to_async|\bawait [\w.]*objects\.|\.(?:aget|acreate|asave|afirst|"
    r"aupdate|adelete|acount|aexists)\("
)
ROOM = Path(consumers.__file__).parent


@pytest.mark.req("TEN-01")
def test_no_database_in_asynchronous_code() -> None:
    for path in [*ROOM.rglob("*.py"), ROOT / "config" / "asgi.py"]:
        assert ASYNC_DATABASE.search(path.read_text()) is None, path


@pytest.mark.req("OCP-01")
def test_events_do_not_pass_through_channels_dispatch() -> None:
    """Its `dispatch` and `await_many_dispatch` hop through a thread for each event."""
    assert issubclass(StationConsumer, AsyncConsumer)
    assert StationConsumer.__call__ is not AsyncConsumer.__call__
    source = Path(consumers.__file__).read_text()
    assert "super()" not in source
    assert "await_many_dispatch" not in source


@pytest.mark.req("TEN-01")
def test_the_database_driver_is_the_one_that_was_measured() -> None:
    assert settings.TENANT_LIMIT_SET_CALLS is True
    assert find_spec("psycopg") is None


FACTS = StationFacts("alpha", 1, "CB", 1, None, "ocpp16")  # type: ignore[arg-type]
TRIES = 200


def attempt(password: str) -> Attempt:
    return Attempt("CB", Credentials("CB", password.encode()), Transport("127.0.0.1", False))


def storm_cpu_s(stored: str, password: str) -> float:
    """Return the CPU seconds that TRIES reconnects of one station cost."""

    async def storm() -> float:
        authenticator = Authenticator(Lane("test", 1), RouteCache())
        began = time.process_time()
        for _ in range(TRIES):
            dialled = Dialled(FACTS, stored)
            assert await authenticator.fault_of(attempt(password), dialled) is None
        authenticator.stop()
        return time.process_time() - began

    return asyncio.run(storm())


@pytest.mark.req("INF-05")
def test_a_storm_of_reconnects_costs_no_slow_hash(settings: Any) -> None:
    """200 slow hashes would cost about a minute."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
    key = "0123456789abcdef0123456789abcdef01234567"
    assert storm_cpu_s(hash_key(key, generated=True), key) < 0.5
    assert storm_cpu_s(hash_key("chosen-by-me", generated=False), "chosen-by-me") < 2


@pytest.mark.req("INF-05")
def test_a_changed_password_is_not_taken_from_memory() -> None:
    async def run() -> None:
        authenticator = Authenticator(Lane("test", 1), RouteCache())
        old, new = (hash_key(word * 4, generated=False) for word in ("old", "new"))
        tried = attempt("oldoldoldold")
        assert await authenticator.fault_of(tried, Dialled(FACTS, old)) is None
        assert await authenticator.fault_of(tried, Dialled(FACTS, new)) is not None
        authenticator.stop()

    asyncio.run(run())


@pytest.mark.req("OCP-06")
def test_a_storm_waits_at_the_door_and_nobody_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty look-ups take longer than the lane waits for one: R13 allows no 503."""
    monkeypatch.setattr(slow, "TIMEOUT_S", 0.4)
    monkeypatch.setattr(slow, "as_charger", lambda _schema, function: function())
    monkeypatch.setattr(authentication, "look_up", lambda *_: time.sleep(0.05))

    verdicts = asyncio.run(at_the_door(20, lambda: False))

    assert [verdict.status for verdict in verdicts] == [HTTPStatus.UNAUTHORIZED] * 20


@pytest.mark.req("OCP-06")
def test_who_gave_up_at_the_door_is_not_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: list[Any] = []
    monkeypatch.setattr(authentication, "look_up", lambda *_: looked_up.append(1))
    verdicts = asyncio.run(at_the_door(2, lambda: True))
    assert [verdict.status for verdict in verdicts] == [HTTPStatus.SERVICE_UNAVAILABLE] * 2
    assert looked_up == []


async def at_the_door(number: int, is_gone: Callable[[], bool]) -> list[Any]:
    """Let so many handshakes wait for two threads; return how each was answered."""
    scope = {"path": "/device/ocpp16/CB", "headers": [], "client": ["127.0.0.1", 1], "scheme": "ws"}
    lane = Lane("test", 2)
    authenticator = Authenticator(lane, RouteCache())
    verdicts = await asyncio.gather(*(authenticator.admit(scope, is_gone) for _ in range(number)))
    authenticator.stop()
    lane.stop()
    return verdicts


@pytest.mark.req("OCP-06")
def test_unhurried_work_leaves_a_thread_as_long_to_others_as_it_took() -> None:
    began = time.monotonic()
    for _ in range(4):
        slow.unhurried(time.sleep, 0.01)
    assert time.monotonic() - began >= 4 * 0.01 + 3 * 0.01
    began = time.monotonic()
    for _ in range(2):
        slow.unhurried(time.sleep, 0.2)
    assert time.monotonic() - began < 0.4 + 0.2
