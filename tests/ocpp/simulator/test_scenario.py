"""A fleet's day against a real WebSocket: every transaction arrives once and is plausible."""

import asyncio
import json
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from apps.ocpp.simulator import Clock, SimulatedCharger
from apps.ocpp.simulator.fleet import FleetError, made_up_fleet, read_fleet
from apps.ocpp.simulator.scenario import PACES, Cards, ConnectorLife, Pace
from apps.ocpp.simulator.simulation import Options, Simulation
from tests.ocpp.simulator.central import Central, central_system

pytestmark = pytest.mark.req("OCP-01", "OCP-06")

FLEET: dict[str, Any] = {
    "url": "ws://127.0.0.1:1",
    "stations": [
        {"id": "AC-1", "password": "secret", "connectors": [1, 2], "power_w": 22_000},
        {"id": "AC-2", "connectors": [1], "power_w": 11_000, "vendor": "V", "model": "M"},
        {"id": "DC-1", "connectors": [1], "power_w": 150_000, "current_type": "DC"},
    ],
    "cards": ["CARD1", "CARD2", "CARD3", "CARD4"],
    "unknown_cards": ["STRANGER"],
    "blocked_cards": ["BLOCKED"],
}
POWER_W = {"AC-1": 22_000, "AC-2": 11_000, "DC-1": 150_000}


def demo_pace(**changes: float) -> Pace:
    pace = PACES["demo"]
    assert pace is not None
    return replace(pace, **changes)  # type: ignore[arg-type]


@pytest.fixture
def fleet_file(tmp_path: Path) -> Path:
    path = tmp_path / "fleet.json"
    path.write_text(json.dumps(FLEET))
    return path


async def live(
    central: Central, fleet_file: Path, pace: Pace | None, *, stops: int, speed: float = 600
) -> Simulation:
    """Run the fleet, its time beginning a day ago, until so many stops have arrived."""
    clock = Clock(speed, since=datetime.now(UTC) - timedelta(days=1))
    simulation = Simulation(
        read_fleet(fleet_file).stations,
        Options(url=central.url, pace=pace, seed=7, ramp_s=0.01),
        clock=clock,
        say=lambda line: None,
    )
    running = asyncio.create_task(simulation.run())
    await central.until(lambda: len(central.of("StopTransaction")) >= stops)
    simulation.stop()
    await running
    return simulation


def pairs(central: Central) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Return (charger, start, stop) of all transactions; ids count from 101 in order."""
    starts = [
        (charger, payload)
        for charger, action, payload in central.calls
        if action == "StartTransaction"
    ]
    stops = {payload["transactionId"]: payload for payload in central.of("StopTransaction")}
    return [
        (charger, start, stops[number])
        for number, (charger, start) in enumerate(starts, 101)
        if number in stops
    ]


def contents(
    central: Central, simulation: Simulation, action: str, *fields: str
) -> set[tuple[Any, ...]]:
    """Return what tells messages apart: those that came, and those still queued offline."""
    queued = [
        payload for charger in simulation.chargers for payload in charger.outbox.waiting(action)
    ]
    return {tuple(payload[name] for name in fields) for payload in central.of(action) + queued}


async def test_fleet_when_nothing_goes_wrong_makes_plausible_records(fleet_file: Path) -> None:
    quiet = demo_pace(
        unknown_share=0,
        blocked_share=0,
        cancel_share=0,
        fault_share=0,
        power_cut_share=0,
        network_loss_share=0,
        jump_share=0,
    )
    async with central_system() as central:
        simulation = await live(central, fleet_file, quiet, stops=12)
    records = pairs(central)
    assert len(records) >= 12
    finished = [record for record in records if record[2]["reason"] != "Reboot"]
    for charger, start, stop in finished:
        seconds = (
            datetime.fromisoformat(stop["timestamp"]) - datetime.fromisoformat(start["timestamp"])
        ).total_seconds()
        energy_wh = stop["meterStop"] - start["meterStart"]
        assert seconds >= 60
        assert energy_wh >= 200
        assert energy_wh * 3600 / seconds <= POWER_W[charger] * 1.1
        assert datetime.fromisoformat(stop["timestamp"]) <= datetime.now(UTC)
    assert simulation.counters.started == simulation.counters.stopped == len(records)
    soc = [
        value
        for charger, action, payload in central.calls
        if charger == "DC-1" and action == "MeterValues"
        for value in payload["meterValue"][0]["sampledValue"]
        if value["measurand"] == "SoC"
    ]
    assert soc


async def test_fleet_when_everything_goes_wrong_loses_and_doubles_nothing(
    fleet_file: Path,
) -> None:
    rough = demo_pace(
        gap_s=30, network_loss_share=0.3, power_cut_share=0.3, fault_share=0.2, cancel_share=0.2
    )
    async with central_system() as central:
        central.passwords["AC-1"] = "secret"
        simulation = await live(central, fleet_file, rough, stops=25)
    starts = contents(central, simulation, "StartTransaction", "timestamp", "meterStart")
    stops = contents(central, simulation, "StopTransaction", "timestamp", "meterStop")
    assert len(starts) == len(stops) >= 25
    ids = Counter(payload["transactionId"] for payload in central.of("StopTransaction"))
    repeated = [number for number, times in ids.items() if times > 1]
    for number in repeated:  # only as retries of the same message
        sent = [stop for stop in central.of("StopTransaction") if stop["transactionId"] == number]
        assert all(stop == sent[0] for stop in sent)
    counters = simulation.counters
    assert counters.dropped == 0
    assert counters.reconnects > 0
    reasons = {payload["reason"] for payload in central.of("StopTransaction")}
    assert {"PowerLoss", "Local"} <= reasons
    assert "Faulted" in [payload["status"] for payload in central.of("StatusNotification")]


async def test_fleet_when_cards_are_refused_starts_nothing(fleet_file: Path) -> None:
    async with central_system() as central:
        central.on(
            "Authorize",
            lambda payload: {
                "idTagInfo": {"status": "Accepted" if "CARD" in payload["idTag"] else "Invalid"}
            },
        )
        pace = demo_pace(gap_s=20, unknown_share=0.3, blocked_share=0.3)
        simulation = await live(central, fleet_file, pace, stops=10)
    assert {payload["idTag"] for payload in central.of("StartTransaction")} <= set(FLEET["cards"])
    asked = Counter(payload["idTag"] for payload in central.of("Authorize"))
    assert simulation.counters.authorisations_refused == asked["STRANGER"] + asked["BLOCKED"] > 0


async def test_fleet_when_idle_only_registers(fleet_file: Path) -> None:
    async with central_system() as central:
        simulation = Simulation(
            made_up_fleet(20, id_prefix="L-", password=None).stations,
            Options(url=central.url, pace=None, ramp_s=0.01),
            say=lambda line: None,
        )
        running = asyncio.create_task(simulation.run())
        await central.until(lambda: len(central.of("StatusNotification")) == 40)
        assert "20/20 online, 0 charging" in simulation.status_line()
        simulation.stop()
        await running
        assert {action for _, action, _ in central.calls} == {
            "BootNotification",
            "StatusNotification",
        }
        await central.until(lambda: not central.sockets)


async def test_fleet_when_refused_says_so_a_few_times_only() -> None:
    said: list[str] = []
    async with central_system() as central:
        central.passwords.update({f"L-000{number}": "other" for number in range(1, 7)})
        simulation = Simulation(
            made_up_fleet(6, id_prefix="L-", password="wrong").stations,
            Options(url=central.url, pace=None, ramp_s=0.01),
            say=said.append,
        )
        running = asyncio.create_task(simulation.run())
        await central.until(lambda: central.handshakes == 6)
        simulation.stop()
        counters = await running
    assert counters.refused == 6
    assert len([line for line in said if "401 Unauthorized" in line]) == 3
    assert said[-1] == "further refusals of this kind are only counted"


def test_visits_when_seeded_alike_are_alike() -> None:
    def draw(seed: int) -> list[Any]:
        charger = SimulatedCharger("ws://unused", "CB-1", rng=random.Random(seed))
        connector = charger.connectors[1]
        life = ConnectorLife(charger, connector, Cards(("A",)), demo_pace(), cards_in_use=set())
        return [life.draw_visit() for _ in range(5)]

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)


def test_cards_when_drawn_follow_the_shares() -> None:
    cards = Cards(good=("G",), unknown=("U",), blocked=("B",))
    rng = random.Random(3)
    pace = demo_pace(unknown_share=0.2, blocked_share=0.1)
    drawn = Counter(cards.draw(rng, pace) for _ in range(2000))
    assert 300 < drawn["U"] < 500
    assert 130 < drawn["B"] < 270


def test_cards_when_all_are_charging_elsewhere_leave_none() -> None:
    cards = Cards(good=("A", "B"))
    assert cards.draw(random.Random(1), demo_pace(), {"A"}) == "B"
    assert cards.draw(random.Random(1), demo_pace(), {"A", "B"}) is None


def test_fleet_file_when_read_fills_in_what_is_missing(fleet_file: Path) -> None:
    fleet = read_fleet(fleet_file)
    first, second, third = fleet.stations
    assert fleet.url == "ws://127.0.0.1:1"
    assert (first.password, first.connectors, first.identity.serial) == ("secret", (1, 2), "AC-1")
    assert (second.identity.vendor, second.identity.model) == ("V", "M")
    assert third.cards == Cards(tuple(FLEET["cards"]), ("STRANGER",), ("BLOCKED",))


@pytest.mark.parametrize(
    "text, reason",
    [
        ("{", "no JSON"),
        ("[]", 'lacks the list "stations"'),
        ('{"stations": [{"password": "x"}]}', "a station is not as it should be"),
    ],
)
def test_fleet_file_when_broken_says_why(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "fleet.json"
    path.write_text(text)
    with pytest.raises(FleetError, match=reason):
        read_fleet(path)


def test_fleet_file_when_missing_says_so(tmp_path: Path) -> None:
    with pytest.raises(FleetError, match="cannot read"):
        read_fleet(tmp_path / "none.json")
