"""What a connect and its end cost in statements: in a storm thousands of stations pay for each."""

from collections.abc import Callable
from threading import Event
from uuid import UUID, uuid4

import pytest

from apps.core.bell import bell
from apps.infrastructure.models import ChargePoint, Connector, Station, StationConnection
from apps.ocpp.authentication import look_up
from apps.ocpp.presence import Claim, Claimed, claim, release
from apps.ocpp.routes import RouteCache
from apps.tenants.models import Tenant
from tests.conftest import NOW
from tests.factories.pages import make_session
from tests.ocpp.statements import counted

Make = Callable[..., Station]


def claimed(station: Station, connection_id: UUID | None = None) -> tuple[int, Claimed]:
    wanted = Claim(station.pk, connection_id or uuid4(), "gateway", "ocpp1.6", "192.0.2.7")
    return counted(lambda: claim(wanted, now=NOW))


@pytest.mark.req("OCP-06")
def test_a_look_up_costs_route_and_station_and_then_the_station(
    alpha: Tenant, make_station: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    station, routes = make_station(), RouteCache()
    monkeypatch.setattr(bell, "healthy", Event())
    bell.healthy.set()
    costs = [counted(lambda: look_up(routes, station.charge_box_id, b"")) for _ in range(2)]
    assert [cost for cost, _ in costs] == [2, 1]
    for _, dialled in costs:
        assert dialled is not None
        assert dialled.facts.schema == alpha.schema_name
        assert dialled.facts.station_id == station.pk
        assert dialled.password_hash == station.password_hash


@pytest.mark.req("INF-07", "OCP-06")
def test_a_claim_costs_four_statements(alpha: Tenant, make_station: Make) -> None:
    """Presence, the bell, the charge points' status, what is known of the station."""
    cost, first = claimed(make_station(charge_points=2))
    assert cost == 4
    assert first == Claimed(1, frozenset({1, 2}), {}, is_unknown=True, lacks_statuses=True)


@pytest.mark.req("INF-07", "OCP-06")
def test_coming_and_going_costs_one_more_for_all_charge_points_that_change(
    alpha: Tenant, make_station: Make
) -> None:
    station, socket = make_station(charge_points=3), uuid4()
    Connector.objects.filter(station=station).update(status="Available")
    Connector.objects.filter(station=station, number=3).update(status="Charging")
    station.last_boot_at = NOW
    station.save(update_fields=["last_boot_at"])

    cost, found = claimed(station, socket)
    assert cost == 5
    assert (found.is_unknown, found.lacks_statuses) == (False, False)
    shown = ChargePoint.objects.filter(station=station).order_by("number")
    assert list(shown.values_list("status", flat=True)) == ["available", "available", "occupied"]

    # Presence, the charge points' status, those that changed.
    assert counted(lambda: release(station.pk, socket, now=NOW)) == (3, True)
    assert set(shown.values_list("status", flat=True)) == {"needs_service"}
    assert not StationConnection.objects.get(station=station).is_online
    assert counted(lambda: release(station.pk, socket, now=NOW)) == (1, False)


@pytest.mark.req("OCP-06")
def test_a_claim_knows_the_open_transactions_by_connector(
    alpha: Tenant, make_station: Make
) -> None:
    """Of two that are open on one connector the one that came last."""
    station = make_station(charge_points=2)
    hanging = make_session(station, connector_number=2, state="hanging", id_tag="ONE")
    open_one = make_session(station, connector_number=2, state="active")
    make_session(station, connector_number=1, state="ended")
    assert open_one.pk > hanging.pk
    cost, found = claimed(station)
    assert cost == 4
    assert found.open_transactions == {2: open_one.transaction_id}
