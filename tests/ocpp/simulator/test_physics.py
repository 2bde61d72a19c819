"""Vehicles, meters, profiles and clocks: plain figures."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from apps.ocpp.simulator import Clock, Vehicle
from apps.ocpp.simulator.connector import first_register_wh
from apps.ocpp.simulator.profiles import (
    Profile,
    composite_periods,
    install,
    offered_w,
    read_profile,
)
from apps.ocpp.simulator.readings import MEASURANDS, Reading, meter_value
from apps.ocpp.simulator.vehicle import draw_vehicle, fit_battery

pytestmark = pytest.mark.req("OCP-01")
NOW = datetime(2026, 3, 9, 8, tzinfo=UTC)


def test_ac_vehicle_draws_flat_then_a_tail_then_nothing() -> None:
    car = Vehicle(capacity_wh=10_000, soc=50, max_power_w=11_000, phases=3)
    assert car.power_w(22_000) == 11_000
    assert car.power_w(7_000) == 7_000
    car.soc = 98
    assert 0.15 * 11_000 < car.power_w(22_000) < 0.6 * 11_000
    car.soc = 100
    assert car.power_w(22_000) == 0


def test_ac_vehicle_when_less_than_six_amperes_are_offered_draws_nothing() -> None:
    assert Vehicle(phases=3).power_w(4_100) == 0
    assert Vehicle(phases=1).power_w(1_400) == 1_400


def test_dc_vehicle_tapers_over_its_state_of_charge() -> None:
    powers = [
        Vehicle(soc=soc, max_power_w=150_000, phases=0).power_w(300_000)
        for soc in (30, 60, 70, 80, 90, 99)
    ]
    assert powers == sorted(powers, reverse=True)
    assert powers[0] == 150_000
    assert powers[-1] < 15_000


def test_charge_when_long_fills_to_the_target_and_no_further() -> None:
    car = Vehicle(capacity_wh=10_000, soc=50, target_soc=80, max_power_w=11_000, phases=3)
    assert car.charge(1800, 22_000) == pytest.approx(3_000, abs=1)
    assert car.is_full
    assert car.charge(1800, 22_000) == 0


@pytest.mark.parametrize("current_type, power_w", [("AC", 3_700), ("AC", 22_000), ("DC", 150_000)])
def test_drawn_vehicles_never_exceed_the_charge_point(current_type: str, power_w: float) -> None:
    rng = random.Random(1)
    for _ in range(200):
        car = fit_battery(draw_vehicle(rng, current_type, power_w), 240, power_w)
        assert 0 < car.power_w(power_w) <= power_w
        assert car.charge(240, power_w) * 3600 / 240 <= power_w


def test_meter_value_when_ac_gives_each_phase_and_no_state_of_charge() -> None:
    reading = Reading(NOW, 1000, power_w=6_900, phases=3, soc=None)
    entry = meter_value(reading, "Sample.Periodic", MEASURANDS)
    assert entry["timestamp"] == "2026-03-09T08:00:00.000Z"
    values = [(v["measurand"], v.get("phase"), v["value"]) for v in entry["sampledValue"]]
    assert values == [
        ("Energy.Active.Import.Register", None, "1000"),
        ("Power.Active.Import", None, "6900"),
        *[("Current.Import", phase, "10.0") for phase in ("L1", "L2", "L3")],
        *[("Voltage", f"{phase}-N", "230.0") for phase in ("L1", "L2", "L3")],
    ]


def test_meter_value_when_dc_gives_the_state_of_charge() -> None:
    reading = Reading(NOW, 1000, power_w=40_000, phases=0, soc=61.4, voltage_v=400)
    entry = meter_value(reading, "Sample.Periodic", MEASURANDS)
    values = {v["measurand"]: (v["value"], v["unit"]) for v in entry["sampledValue"]}
    assert values["SoC"] == ("61", "Percent")
    assert values["Current.Import"] == ("100.0", "A")


def test_first_register_grows_with_time_at_most_as_the_power_allows() -> None:
    early = first_register_wh("CB-1/1", 22_000, NOW)
    later = first_register_wh("CB-1/1", 22_000, NOW + timedelta(hours=2))
    assert later - early == pytest.approx(44_000)


def profile(number: int, purpose: str, level: int, limit: float, **schedule: object) -> Profile:
    body = {
        "chargingProfileId": number,
        "stackLevel": level,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute",
        "chargingSchedule": {
            "chargingRateUnit": "W",
            "startSchedule": "2026-03-09T07:00:00Z",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
            **schedule,
        },
    }
    return read_profile(0, body, NOW)


def test_offered_power_is_the_least_of_station_and_transaction_limits() -> None:
    profiles: list[Profile] = []
    assert offered_w(profiles, 1, NOW, power_w=22_000) == 22_000
    profiles = install(profiles, profile(1, "TxDefaultProfile", 0, 9_000))
    profiles = install(profiles, profile(2, "TxDefaultProfile", 1, 12_000))
    assert offered_w(profiles, 1, NOW, power_w=22_000) == 12_000
    profiles = install(profiles, profile(3, "ChargePointMaxProfile", 0, 7_000))
    assert offered_w(profiles, 1, NOW, power_w=22_000) == 7_000
    profiles = install(profiles, profile(4, "TxProfile", 0, 5_000))
    assert offered_w(profiles, 1, NOW, power_w=22_000) == 5_000
    profiles = install(profiles, profile(4, "TxProfile", 0, 6_000))
    assert len(profiles) == 4
    assert offered_w(profiles, 1, NOW, power_w=22_000) == 6_000


def test_composite_schedule_follows_the_periods_and_the_duration() -> None:
    steps = [{"startPeriod": 0, "limit": 9_000}, {"startPeriod": 3_720, "limit": 4_000}]
    limited = profile(1, "TxDefaultProfile", 0, 0, duration=3_840, chargingSchedulePeriod=steps)
    periods = composite_periods([limited], 1, NOW, duration_s=600, power_w=22_000)
    assert periods == [(0, 9_000), (120, 4_000), (240, 22_000)]


def test_clock_when_faster_shortens_waits_but_keeps_the_time_of_day() -> None:
    clock = Clock(60)
    assert clock.real_seconds(120) == 2
    assert abs((clock.now() - datetime.now(UTC)).total_seconds()) < 1


def test_clock_when_begun_in_the_past_never_overtakes_real_time() -> None:
    clock = Clock(1_000_000, since=datetime.now(UTC) - timedelta(days=1))
    behind = datetime.now(UTC) - clock.now()
    assert timedelta() <= behind <= timedelta(days=1)
    # A day and an hour: the day passes in a moment, the hour then takes an hour.
    assert clock.real_seconds(86_400 + 3_600) == pytest.approx(3_600, abs=60)
    assert Clock(10, since=datetime.now(UTC) - timedelta(days=1)).real_seconds(60) == 6


def test_clock_when_speed_is_not_positive_is_refused() -> None:
    with pytest.raises(ValueError, match="speed"):
        Clock(0)
