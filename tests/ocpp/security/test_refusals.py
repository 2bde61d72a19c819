"""Profiles without TLS, flapping (R14), and what is noted of refusals and security events."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.infrastructure.models import SecurityEvent, Station
from apps.infrastructure.services.security_events import KEPT_PER_STATION
from apps.ocpp.cooling import CONNECTS_MAX, PAUSE_S, WINDOW_S, Cooling
from tests.ocpp.gateway.clients import Charger, Place, eventually, refusal, time_text
from tests.ocpp.gateway.servers import GatewayProcess
from tests.ocpp.security.pages import security_tab

pytestmark = pytest.mark.req("OCP-05")


def events_of(station: Place) -> list[tuple[Any, ...]]:
    """Return source, type, detail and count of the station's events, oldest first."""
    rows = SecurityEvent.objects.filter(station_id=station.pk).order_by("pk")
    return station.look(lambda: list(rows.values_list("source", "type", "detail", "count")))


@pytest.mark.parametrize("profile, status", [(0, 101), (1, 101), (2, 401), (3, 401)])
def test_without_tls_only_the_profiles_without_it_open(
    gateway: GatewayProcess, place: Callable[..., Place], profile: int, status: int
) -> None:
    station = place()
    station.look(lambda: Station.objects.filter(pk=station.pk).update(security_profile=profile))
    if status == 101:
        Charger.dial(gateway.url, station).close()
        return
    assert refusal(gateway.url, station).status_code == status
    found = eventually(lambda: events_of(station))
    assert found == [("back_end", "ProfileMismatch", f"without TLS, profile {profile}", 1)]
    assert "Dialled in with another security profile" in security_tab(station)


def test_wrong_passwords_are_one_row_that_counts(gateway: GatewayProcess, station: Place) -> None:
    for number in range(3):
        assert refusal(gateway.url, station, password=f"wrong-{number}").status_code == 401
    eventually(lambda: [row[3] for row in events_of(station)] == [3])
    assert "Wrong password or user name" in security_tab(station)
    assert "wrong-1" not in gateway.log.read_text()


def test_r14_a_flapping_station_is_paused_and_its_neighbour_is_not(
    gateway: GatewayProcess, place: Callable[..., Place]
) -> None:
    station, neighbour = place(), place()
    with Charger.dial(gateway.url, neighbour) as calm:
        for _ in range(CONNECTS_MAX):
            Charger.dial(gateway.url, station).close()
        answer = refusal(gateway.url, station)
        assert answer.status_code == 429
        assert PAUSE_S - 30 < int(answer.headers["retry-after"]) <= PAUSE_S
        assert refusal(gateway.url, station).status_code == 429
        assert "currentTime" in calm.result("Heartbeat", {})
        Charger.dial(gateway.url, neighbour).close()
    found = eventually(lambda: events_of(station))
    assert [row[:2] for row in found] == [("back_end", "Flapping")]
    assert "Connected too often, paused for five minutes" in security_tab(station)
    assert "Flapping" in gateway.log.read_text()


def test_r14_nobody_without_the_key_can_pause_a_station(
    gateway: GatewayProcess, station: Place
) -> None:
    for number in range(9):
        refusal(gateway.url, station, password=f"wrong-{number}")
    for _ in range(CONNECTS_MAX - 1):
        Charger.dial(gateway.url, station).close()
    Charger.dial(gateway.url, station).close()


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_r14_the_pause_ends_after_five_minutes() -> None:
    clock = Clock()
    cooling = Cooling(clock)
    assert all(cooling.may_connect("CB-1") for _ in range(CONNECTS_MAX))
    assert not cooling.may_connect("cb-1")
    assert cooling.may_connect("CB-2")
    clock.now += PAUSE_S - 1
    assert cooling.pause_left_s("CB-1") == 1
    clock.now += 1
    assert cooling.pause_left_s("CB-1") == 0
    assert cooling.may_connect("CB-1")


def test_r14_fifteen_connects_in_more_than_a_minute_are_no_flapping() -> None:
    clock = Clock()
    cooling = Cooling(clock)
    for _ in range(4 * CONNECTS_MAX):
        assert cooling.may_connect("CB-1")
        clock.now += WINDOW_S / CONNECTS_MAX + 0.1


def test_r14_what_we_ended_ourselves_counts_for_nothing() -> None:
    cooling = Cooling(Clock())
    for _ in range(4 * CONNECTS_MAX):
        assert cooling.may_connect("CB-1")
        cooling.forgive("CB-1")


def test_a_security_event_of_the_station_is_stored_shown_and_bounded(
    gateway: GatewayProcess, station: Place
) -> None:
    with Charger.dial(gateway.url, station) as charger:
        charger.boot()
        for number in range(3):
            charger.result(
                "SecurityEventNotification",
                {
                    "type": "TamperDetectionActivated",
                    "timestamp": time_text(),
                    "techInfo": f"door {number}",
                },
            )
        found = events_of(station)
        assert [row[2] for row in found] == ["door 0", "door 1", "door 2"]
        assert {row[:2] for row in found} == {("station", "TamperDetectionActivated")}
        shown = security_tab(station)
        assert "TamperDetectionActivated" in shown
        assert "door 2" in shown

        def fill() -> None:
            row = SecurityEvent.objects.filter(station_id=station.pk).latest("pk")
            SecurityEvent.objects.bulk_create(
                SecurityEvent(
                    station_id=station.pk,
                    source="station",
                    type="Old",
                    occurred_at=row.occurred_at,
                    received_at=row.received_at,
                )
                for _ in range(KEPT_PER_STATION + 20)
            )

        station.look(fill)
        charger.result("SecurityEventNotification", {"type": "Last", "timestamp": time_text()})
    assert len(events_of(station)) == KEPT_PER_STATION
    assert events_of(station)[-1][1] == "Last"
