"""The newest socket wins, at once and in every process; dead gateways leave nobody online."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.infrastructure.models import StationConnection
from apps.ocpp.presence import forget_dead_gateways, release_lost, sweep_stations
from apps.tenants.context import run_in_schema
from apps.tenants.models import GatewayProcess as GatewayRow
from tests.ocpp.gateway.clients import Charger, Place, eventually
from tests.ocpp.gateway.servers import GatewayProcess


def presence(station: Place) -> StationConnection:
    return station.look(lambda: StationConnection.objects.get(pk=station.pk))


def is_offline(station: Place) -> bool:
    return not presence(station).is_online


@pytest.mark.req("INF-07", "OCP-06")
def test_the_newest_socket_wins_at_once(gateway: GatewayProcess, station: Place) -> None:
    with Charger.dial(gateway.url, station) as old:
        old.boot()
        with Charger.dial(gateway.url, station) as new:
            new.boot()
            assert old.closed_with(within_s=5) == 1000
            row = presence(station)
            assert (row.is_online, row.epoch) == (True, 2)
            assert "currentTime" in new.result("Heartbeat", {})
    eventually(lambda: is_offline(station))


@pytest.mark.req("INF-07", "OCP-06")
def test_the_newest_socket_wins_in_another_process_too(
    gateway: GatewayProcess, start_gateway: Callable[..., GatewayProcess], station: Place
) -> None:
    other = start_gateway()
    with Charger.dial(gateway.url, station) as old:
        old.boot()
        with Charger.dial(other.url, station) as new:
            new.boot()
            assert old.closed_with(within_s=5) == 1000
            with Charger.dial(gateway.url, station) as newest:
                newest.boot()
                assert new.closed_with(within_s=5) == 1000
                assert presence(station).epoch == 3


@pytest.mark.req("INF-07", "OCP-06")
def test_the_late_close_of_an_older_socket_takes_nothing_offline(
    gateway: GatewayProcess, place: Callable[..., Place]
) -> None:
    """R16: the old peer never answers our close: its end is seen long after the new one came.

    Twenty turns by four stations: more sockets of one in a minute would be taken for flapping.
    """
    for station in [place() for _ in range(4)]:
        for turn in range(1, 6):
            old = Charger.dial(gateway.url, station)
            old.boot()
            with Charger.dial(gateway.url, station) as new:
                new.boot()
                old.socket.socket.close()
                assert "currentTime" in new.result("Heartbeat", {})
                row = presence(station)
                assert (row.is_online, row.epoch) == (True, turn * 2)
            eventually(lambda of=station: is_offline(of))


@pytest.mark.req("INF-07")
def test_the_sweeper_shows_stations_of_a_dead_gateway_offline(
    gateway: GatewayProcess,
    start_gateway: Callable[..., GatewayProcess],
    place: Callable[..., Place],
) -> None:
    dead, alive = place(), place()
    doomed = start_gateway()
    with Charger.dial(gateway.url, alive) as living, Charger.dial(doomed.url, dead) as lost:
        lost.status(1, "Available")
        living.status(1, "Available")
        gateway_id = presence(dead).gateway_id
        doomed.kill()
        rows = GatewayRow.objects.filter(gateway_id=gateway_id)
        long_ago = timezone.now() - timedelta(seconds=60)
        assert run_in_schema("public", lambda: rows.update(beat_at=long_ago)) == 1
        swept = dead.look(lambda: sweep_stations(now=timezone.now()))
        assert swept == 1
        assert is_offline(dead)
        assert presence(alive).is_online
        status = "SELECT status FROM infrastructure_chargepoint WHERE station_id = %s"
        assert dead.value(status, dead.pk) == "needs_service"
        assert alive.value(status, alive.pk) == "available"
        assert run_in_schema("public", forget_dead_gateways) == 1


@pytest.mark.req("INF-07")
def test_a_gateway_taken_for_dead_puts_its_stations_right(
    gateway: GatewayProcess, station: Place
) -> None:
    with Charger.dial(gateway.url, station) as charger:
        charger.boot()
        gateway_id = presence(station).gateway_id
        rows = GatewayRow.objects.filter(gateway_id=gateway_id)
        run_in_schema("public", rows.delete)
        station.look(lambda: sweep_stations(now=timezone.now()))
        assert is_offline(station)
        eventually(lambda: presence(station).is_online)


@pytest.mark.req("INF-07")
def test_an_end_that_could_not_be_stored_is_stored_later(
    gateway: GatewayProcess, station: Place
) -> None:
    with Charger.dial(gateway.url, station) as charger:
        charger.boot()
        row = presence(station)
        later = timezone.now() + timedelta(minutes=1)

        def released(held: list[Any], at: datetime) -> int:
            return station.look(lambda: release_lost(row.gateway_id, held, now=at))

        assert released([row.connection_id], later) == 0
        assert released([], timezone.now()) == 0  # too young: may have come after the look
        assert not is_offline(station)
        assert released([], later) == 1
        assert is_offline(station)


@pytest.mark.req("INF-07", "OCP-06")
def test_a_gateway_that_is_stopped_asks_chargers_to_come_again(
    start_gateway: Callable[..., GatewayProcess], station: Place
) -> None:
    process = start_gateway()
    with Charger.dial(process.url, station) as charger:
        charger.boot()
        gateway_id = presence(station).gateway_id
        process.stop()
        assert charger.closed_with() == 1012
    assert is_offline(station)
    rows = GatewayRow.objects.filter(gateway_id=gateway_id)
    assert not run_in_schema("public", rows.exists)


@pytest.mark.req("INF-07", "OCP-06")
def test_sockets_when_they_follow_each_other_closely_then_the_newest_stays(
    gateway: GatewayProcess, place: Callable[..., Place]
) -> None:
    for _attempt in range(10):
        station = place()
        older = Charger.dial(gateway.url, station)
        with Charger.dial(gateway.url, station) as newer:
            older.close()
            assert newer.boot()["status"] == "Accepted"
