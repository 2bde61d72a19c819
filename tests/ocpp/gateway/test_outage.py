"""PostgreSQL away: errors first, then no sockets at all, then everything again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
import pytest
from django.db import connection
from websockets.exceptions import InvalidStatus, WebSocketException

from apps.core.bell import connection_parameters
from apps.ocpp.lanes.health import DatabaseAwayError, DatabaseHealth, is_trouble
from tests.ocpp.gateway.clients import Charger, Place, eventually, start_payload
from tests.ocpp.gateway.servers import GatewayProcess


@contextmanager
def no_database() -> Iterator[None]:
    """Cut every connection to the test database and let nobody in."""
    parameters = connection_parameters()
    name = parameters.pop("dbname")
    connection.close()
    raw = psycopg2.connect(**parameters, dbname="postgres")
    raw.autocommit = True
    with raw.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        try:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )
            yield
        finally:
            cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    raw.close()


def handshake_status(url: str, station: Place) -> int:
    try:
        Charger.dial(url, station).close()
    except InvalidStatus as refused:
        return refused.response.status_code
    return 101


def answers_until_closed(charger: Charger) -> set[str]:
    """Send heartbeats until the socket closes; return the error codes that came."""
    codes = set()
    try:
        while True:
            codes.add(charger.call("Heartbeat", {})[2])
    except WebSocketException:
        return codes


@pytest.mark.req("OCP-06")
def test_without_a_database_nothing_is_acknowledged_and_sockets_close(
    start_gateway: Callable[..., GatewayProcess], station: Place
) -> None:
    gateway = start_gateway(OCPP_DATABASE_PATIENCE_S="1.5")
    charger = Charger.dial(gateway.url, station)
    charger.boot()
    with no_database():
        assert charger.call("StartTransaction", start_payload())[2] == "InternalError"
        assert answers_until_closed(charger) <= {"InternalError"}
        assert charger.socket.close_code == 1011
        assert handshake_status(gateway.url, station) == 503
    eventually(lambda: handshake_status(gateway.url, station) == 101)
    with Charger.dial(gateway.url, station) as again:
        assert again.result("StartTransaction", start_payload())["transactionId"] > 0
    count = "SELECT count(*) FROM charge_records_chargingsession WHERE station_id = %s"
    assert station.value(count, station.pk) == 1


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.req("OCP-06")
def test_sockets_close_once_after_fifteen_seconds_of_failures() -> None:
    closed: list[Any] = []
    clock = Clock()
    health = DatabaseHealth(lambda: closed.append(clock.now), patience_s=15, clock=clock)
    for clock.now in (0.0, 10.0, 14.9):
        health.failed()
    assert not health.is_down
    for clock.now in (15.0, 16.0):
        health.failed()
    assert health.is_down
    assert closed == [15.0]
    health.probed()
    assert not health.is_down


@pytest.mark.req("OCP-06")
def test_one_success_ends_the_count_and_a_probe_alone_does_not() -> None:
    clock = Clock()
    health = DatabaseHealth(lambda: None, patience_s=15, clock=clock)
    health.failed()
    clock.now = 10.0
    health.succeeded()
    clock.now = 20.0
    health.failed()
    health.probed()
    assert not health.is_down
    clock.now = 35.0
    health.failed()
    assert health.is_down


@pytest.mark.req("OCP-06")
def test_a_charger_s_own_fault_is_no_trouble_of_the_database() -> None:
    assert is_trouble(psycopg2.OperationalError())
    assert is_trouble(DatabaseAwayError())
    assert is_trouble(TimeoutError())
    assert not is_trouble(psycopg2.DataError())
    assert not is_trouble(KeyError())
