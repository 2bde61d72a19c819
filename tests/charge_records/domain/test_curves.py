"""Power and energy of a session over time."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from apps.charge_records.domain.curves import ENERGY, POWER, Reading, curve

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def reading(minute: int, measurand: str, value: int, phase: str = "") -> Reading:
    return Reading(START + timedelta(minutes=minute), measurand, phase, Decimal(value))


@pytest.mark.req("CDR-02")
def test_curve_when_power_is_sent_then_it_is_taken_and_energy_counts_from_the_start() -> None:
    drawn = curve(
        [reading(0, ENERGY, 1_000), reading(15, ENERGY, 3_000), reading(15, POWER, 8_000)],
        meter_start_wh=1_000,
    )

    assert drawn.times == [START, START + timedelta(minutes=15)]
    assert drawn.energy_wh == [0, 2_000]
    assert drawn.power_w == [None, 8_000]
    assert not drawn.is_power_computed


@pytest.mark.req("CDR-02")
def test_curve_when_power_comes_by_phase_then_it_is_added_up_unless_a_sum_came_too() -> None:
    phases = [reading(5, POWER, 2_000, f"L{number}") for number in (1, 2, 3)]

    assert curve(phases, meter_start_wh=0).power_w == [6_000]
    assert curve([*phases, reading(5, POWER, 5_900)], meter_start_wh=0).power_w == [5_900]


@pytest.mark.req("CDR-02")
def test_curve_when_no_power_is_sent_then_it_is_the_mean_between_readings() -> None:
    drawn = curve([reading(0, ENERGY, 0), reading(15, ENERGY, 500)], meter_start_wh=0)

    assert drawn.power_w == [None, 2_000]
    assert drawn.is_power_computed


@pytest.mark.req("CDR-02")
def test_curve_when_nothing_was_measured_then_empty() -> None:
    assert curve([], meter_start_wh=0).is_empty
    assert curve([reading(0, ENERGY, 5)], meter_start_wh=0).is_empty
