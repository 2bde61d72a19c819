"""The portal's status of a charge point (INF-07)."""

import pytest

from apps.infrastructure.domain.statuses import PortalStatus, charge_point_status

pytestmark = pytest.mark.req("INF-07")


def status(
    *connectors: str, state: str = "installed", is_online: bool = True, station: str = ""
) -> PortalStatus:
    return charge_point_status(
        station_state=state,
        is_online=is_online,
        station_status=station,
        connector_statuses=connectors,
    )


@pytest.mark.parametrize(
    "word, expected",
    [
        ("Available", "available"),
        ("Preparing", "occupied"),
        ("Charging", "occupied"),
        ("SuspendedEV", "occupied"),
        ("SuspendedEVSE", "occupied"),
        ("Finishing", "occupied"),
        ("Reserved", "occupied"),
        ("Occupied", "occupied"),
        ("Unavailable", "needs_service"),
        ("Faulted", "needs_service"),
        ("", "needs_service"),
        ("Sleeping", "needs_service"),
    ],
)
def test_status_when_one_connector_then_its_word_decides(word: str, expected: str) -> None:
    assert status(word) == expected


def test_status_when_planned_then_inoperative_whatever_is_reported() -> None:
    assert status("Charging", state="planned") == "inoperative"
    assert status(state="planned", is_online=False) == "inoperative"


def test_status_when_no_contact_then_needs_service() -> None:
    assert status("Available", is_online=False) == "needs_service"
    assert status("Charging", is_online=False) == "needs_service"


def test_status_when_two_connectors_then_the_busier_decides() -> None:
    assert status("Available", "Charging") == "occupied"
    assert status("Faulted", "Charging") == "occupied"
    assert status("Faulted", "Available") == "available"
    assert status("Faulted", "Unavailable") == "needs_service"


def test_status_when_station_is_out_of_service_then_only_a_vehicle_outranks_it() -> None:
    assert status("Available", station="Faulted") == "needs_service"
    assert status("Available", station="Unavailable") == "needs_service"
    assert status("Charging", station="Unavailable") == "occupied"
    assert status("Available", station="Available") == "available"


def test_status_when_nothing_was_reported_then_needs_service() -> None:
    assert status() == "needs_service"
