"""Guards of traps that were met: mixed tenants, hops per event, the wrong driver, slow hashes."""

import asyncio
import re
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from channels.consumer import AsyncConsumer
from django.conf import settings

from apps.infrastructure.services.passwords import hash_key
from apps.ocpp import consumers
from apps.ocpp.authentication import Authenticator, Dialled
from apps.ocpp.connection import StationFacts
from apps.ocpp.consumers import StationConsumer
from apps.ocpp.handshake import Credentials
from apps.ocpp.lanes.slow import Lane
from apps.ocpp.routes import RouteCache
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
KEY = ("CB", "127.0.0.1")
TRIES = 200


def storm_cpu_s(stored: str, password: str) -> float:
    """Return the CPU seconds that TRIES reconnects of one station cost."""

    async def storm() -> float:
        authenticator = Authenticator(Lane("test", 1), RouteCache())
        credentials = Credentials("CB", password.encode())
        began = time.process_time()
        for _ in range(TRIES):
            dialled = Dialled(FACTS, stored)
            assert await authenticator.check(KEY, dialled, credentials) is FACTS
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
        credentials = Credentials("CB", b"oldoldoldold")
        assert await authenticator.check(KEY, Dialled(FACTS, old), credentials) is FACTS
        assert await authenticator.check(KEY, Dialled(FACTS, new), credentials) is not FACTS
        authenticator.stop()

    asyncio.run(run())
