"""R22: a gateway opens what it needs when it starts, and no more as load grows."""

from collections.abc import Callable

import psycopg2
import pytest

from apps.core.bell import connection_parameters
from apps.ocpp.gateway import LOOK_UP_THREADS, SLOW_THREADS
from tests.ocpp.gateway.clients import Charger, Place, eventually, start_payload
from tests.ocpp.gateway.servers import GatewayProcess
from tests.ocpp.gateway.test_commits import locked

SESSIONS = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
AT_WORK = f"{SESSIONS} AND wait_event_type = 'Lock'"
# Writer, commands, live events, bell, beat.
SINGLE_THREADS = 5


def sessions(statement: str = SESSIONS) -> int:
    """Return how many sessions the test database has besides this look at them."""
    raw = psycopg2.connect(**connection_parameters())
    try:
        with raw.cursor() as cursor:
            cursor.execute(statement)
            return int(cursor.fetchone()[0])
    finally:
        raw.close()


@pytest.mark.req("OCP-06")
def test_all_threads_connect_at_the_start_and_none_when_many_messages_come_at_once(
    start_gateway: Callable[..., GatewayProcess], place: Callable[..., Place]
) -> None:
    places = [place() for _ in range(SLOW_THREADS * 2)]
    others = sessions()
    gateway = start_gateway()
    chargers = [Charger.dial(gateway.url, one) for one in places]
    assert "currentTime" in chargers[0].result("Heartbeat", {})
    full = others + SLOW_THREADS + LOOK_UP_THREADS + SINGLE_THREADS
    eventually(lambda: sessions() == full)

    with locked("alpha.charge_records_chargingsession"):
        starts = [one.send("StartTransaction", start_payload()) for one in chargers]
        eventually(lambda: sessions(AT_WORK) == SLOW_THREADS)
    for charger, message_id in zip(chargers, starts, strict=True):
        assert charger.answer_to(message_id)[0] == 3
        charger.close()
    eventually(lambda: sessions() == full)
