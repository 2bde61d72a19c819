"""No answer before the commit; one commit for many messages; one bad message harms no other."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import psycopg2
import pytest
from django.db import connection

from apps.core.bell import connection_parameters
from apps.ocpp.lanes.units import Exchange, FastOutcome, FastUnit
from apps.ocpp.lanes.writer import Writer
from apps.vocabulary.events import StatusReported
from tests.ocpp.gateway.clients import (
    Charger,
    Place,
    eventually,
    meter_values,
    start_payload,
    stop_payload,
)
from tests.ocpp.gateway.servers import GatewayProcess

CUT = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid() AND "
)
PRESENCE = "alpha.infrastructure_stationconnection"
BLOCKED = (
    "SELECT count(*) FROM pg_locks "
    "WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
)
EXCHANGES = "SELECT count(*) FROM ocpp_messageexchange WHERE station_id = %s"


@contextmanager
def locked(table: str) -> Iterator[None]:
    """Hold a table against every writer, from another connection."""
    raw = psycopg2.connect(**connection_parameters())
    try:
        with raw.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN SHARE MODE")
        yield
    finally:
        raw.rollback()
        raw.close()


@contextmanager
def held(station: Place) -> Iterator[Callable[[], bool]]:
    """Hold a station's presence row, as its transaction in the slow lane does; yields what tells
    whether somebody waits for it.
    """
    raw = psycopg2.connect(**connection_parameters())
    cursor = raw.cursor()

    def is_awaited() -> bool:
        cursor.execute(BLOCKED)
        return bool(cursor.fetchone()[0])

    try:
        cursor.execute(f"SELECT FROM {PRESENCE} WHERE station_id = %s FOR UPDATE", [station.pk])
        yield is_awaited
    finally:
        raw.rollback()
        raw.close()


def cut_connections(which: str) -> None:
    """End server processes of the test database, as a restart would, and wait until they are."""
    raw = psycopg2.connect(**connection_parameters())
    with raw.cursor() as cursor:
        cursor.execute(CUT + which)
    raw.close()


@pytest.mark.req("OCP-06")
@pytest.mark.parametrize(
    "action,payload,table",
    [
        ("MeterValues", meter_values(7), "charge_records_metersample"),
        ("Heartbeat", {}, "ocpp_messageexchange"),
        ("StartTransaction", start_payload(), "charge_records_chargingsession"),
        ("StopTransaction", stop_payload(99), "ocpp_messageexchange"),
    ],
)
def test_no_answer_leaves_before_the_commit(
    charger: Charger, station: Place, action: str, payload: Any, table: str
) -> None:
    before = station.value(EXCHANGES, station.pk)
    with locked(f"alpha.{table}"):
        message_id = charger.send(action, payload)
        assert charger.is_silent(for_s=0.7)
        assert station.value(EXCHANGES, station.pk) == before
    assert charger.answer_to(message_id)[0] == 3
    assert station.value(EXCHANGES, station.pk) == before + 1


@pytest.mark.req("OCP-06")
def test_a_database_too_slow_is_an_internal_error_and_nothing_is_stored(
    charger: Charger, station: Place
) -> None:
    with locked("alpha.charge_records_metersample"):
        answer = charger.call("MeterValues", meter_values(8), within_s=12)
        assert (answer[0], answer[2]) == (4, "InternalError")
    samples = "SELECT count(*) FROM charge_records_metersample WHERE station_id = %s"
    assert station.value(samples, station.pk) == 0
    assert charger.result("MeterValues", meter_values(8)) == {}
    assert station.value(samples, station.pk) == 2


@pytest.mark.req("OCP-06")
def test_a_slow_charger_holds_nobody_up(
    gateway: GatewayProcess, charger: Charger, place: Callable[..., Place]
) -> None:
    with (
        Charger.dial(gateway.url, place("beta")) as other,
        locked("alpha.charge_records_chargingsession"),
    ):
        message_id = charger.send("StartTransaction", start_payload())
        assert other.result("StartTransaction", start_payload())["transactionId"] > 0
        assert "currentTime" in other.result("Heartbeat", {})
    assert charger.answer_to(message_id)[0] == 3


@pytest.mark.req("OCP-06")
def test_a_presence_row_that_somebody_holds_is_not_awaited(
    station: Place, place: Callable[..., Place]
) -> None:
    """R3: a slow transaction of one station is no delay for the heartbeats of others."""
    other = place("beta")

    async def store() -> list[FastOutcome]:
        writer = Writer(on_batch=lambda trouble: None)
        units = [unit(station, "Heartbeat"), unit(other, "Heartbeat", schema="beta")]
        futures = [writer.submit(one) for one in units]
        writer.start()
        outcomes = await asyncio.gather(*futures)
        assert writer.commits == 1
        writer.stop(5)
        return outcomes

    with held(station):
        assert len(asyncio.run(store())) == 2
    assert station.value(EXCHANGES, station.pk) == 1
    heard = "SELECT last_message_at IS NOT NULL FROM infrastructure_stationconnection"
    assert station.value(f"{heard} WHERE station_id = %s", station.pk) is False
    assert other.value(f"{heard} WHERE station_id = %s", other.pk) is True


@pytest.mark.req("OCP-06")
def test_a_status_waits_for_whoever_brings_its_station_online(station: Place) -> None:
    """Else the charge point's status would be that of a station away."""

    async def store() -> None:
        writer = Writer(on_batch=lambda trouble: None)
        report = unit(station, "StatusNotification")
        report.status = StatusReported(
            connector=1,
            status="Charging",
            error_code="NoError",
            info="",
            vendor_id="",
            vendor_error_code="",
            at=None,
        )
        with held(station) as is_awaited:
            future = writer.submit(report)
            writer.start()
            eventually(is_awaited)
        await future
        writer.stop(5)

    asyncio.run(store())
    assert station.value(EXCHANGES, station.pk) == 1


@pytest.mark.req("OCP-06")
def test_many_messages_share_a_commit(gateway: GatewayProcess, place: Callable[..., Place]) -> None:
    places = [place() for _ in range(10)]
    commits = (
        "SELECT count(DISTINCT xmin::text) FROM ocpp_messageexchange "
        "WHERE action = 'Heartbeat' AND station_id = ANY(%s)"
    )
    pks = [one.pk for one in places]
    with ExitStack() as sockets:
        chargers = [sockets.enter_context(Charger.dial(gateway.url, one)) for one in places]
        ready = threading.Barrier(len(chargers))

        def beat(charger: Charger) -> None:
            charger.call("Heartbeat", {})
            ready.wait()
            for _ in range(20):
                charger.call("Heartbeat", {})

        threads = [threading.Thread(target=beat, args=[charger]) for charger in chargers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    count = "SELECT count(*) FROM ocpp_messageexchange WHERE station_id = ANY(%s)"
    assert places[0].value(count, pks) == 210
    assert places[0].value(commits, pks) < 210 / 2


def unit(station: Place, action: str, *, schema: str = "alpha") -> FastUnit:
    now = datetime.now(UTC)
    exchange = Exchange(station.pk, uuid4(), "in", "1", action, "[]", now, "[]", now, "result")
    future: asyncio.Future[FastOutcome] = asyncio.get_running_loop().create_future()
    return FastUnit(schema, station.pk, 1, exchange, future)


@pytest.mark.req("OCP-06", "TEN-01")
def test_a_bad_unit_fails_alone(station: Place) -> None:
    """The direction is too wide for its column: the whole COPY fails, then that unit alone."""
    trouble = []

    async def store() -> list[Any]:
        writer = Writer(on_batch=trouble.append)
        units = [unit(station, f"Good{turn}") for turn in range(5)]
        units[2].exchange.direction = "sideways"
        futures = [writer.submit(one) for one in units]  # before the thread runs: one batch
        writer.start()
        results = await asyncio.gather(*futures, return_exceptions=True)
        writer.stop(5)
        return results

    results = asyncio.run(store())
    assert [isinstance(result, psycopg2.DataError) for result in results] == [
        *(False, False, True, False, False)
    ]
    assert trouble == [False]
    stored = station.rows(
        "SELECT action FROM ocpp_messageexchange WHERE station_id = %s ORDER BY id", station.pk
    )
    assert stored == [("Good0",), ("Good1",), ("Good3",), ("Good4",)]


@pytest.mark.req("TEN-01")
def test_a_tenant_that_is_gone_costs_no_other(station: Place) -> None:
    async def store() -> list[Any]:
        writer = Writer(on_batch=lambda trouble: None)
        futures = [
            writer.submit(unit(station, "Kept")),
            writer.submit(unit(station, "Lost", schema="dropped")),
        ]
        writer.start()
        results = await asyncio.gather(*futures, return_exceptions=True)
        writer.stop(5)
        return results

    kept, lost = asyncio.run(store())
    assert isinstance(kept, FastOutcome)
    assert isinstance(lost, psycopg2.ProgrammingError)
    assert station.value(EXCHANGES, station.pk) == 1


@pytest.mark.req("OCP-06")
def test_the_writer_stops_taking_when_too_much_waits(station: Place) -> None:
    async def fill() -> None:
        writer = Writer(on_batch=lambda trouble: None)
        futures = [writer.submit(unit(station, "Many")) for _ in range(2000)]
        assert not writer.has_room.is_set()
        writer.start()
        await asyncio.wait_for(writer.has_room.wait(), 10)
        await asyncio.gather(*futures)
        writer.stop(5)
        assert writer.commits < 10

    asyncio.run(fill())
    assert station.value(EXCHANGES, station.pk) == 2000


@pytest.mark.req("OCP-06")
def test_the_writer_goes_on_after_its_connection_was_cut(station: Place) -> None:
    async def store() -> None:
        writer = Writer(on_batch=lambda trouble: None)
        writer.start()
        await writer.submit(unit(station, "Before"))
        await asyncio.to_thread(cut_connections, "application_name = 'ocpp fast lane'")
        await writer.submit(unit(station, "After"))
        writer.stop(5)

    asyncio.run(store())
    assert station.value(EXCHANGES, station.pk) == 2


@pytest.mark.req("OCP-06")
def test_the_gateway_goes_on_after_all_its_connections_were_cut(
    charger: Charger, station: Place
) -> None:
    charger.boot()
    cut_connections(f"pid <> {connection.connection.info.backend_pid}")
    assert charger.result("StartTransaction", start_payload())["transactionId"] > 0
    assert charger.result("MeterValues", meter_values()) == {}
    eventually(lambda: charger.call("Heartbeat", {})[0] == 3)
