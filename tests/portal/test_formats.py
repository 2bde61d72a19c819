"""Values as each language writes them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from apps.portal import formats

pytestmark = pytest.mark.req("TEN-03")
NOON = datetime(2026, 11, 24, 12, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "language, expected",
    [
        ("en", "1,234.567 kWh"),
        ("de", "1.234,567 kWh"),
        ("fr", "1\u202f234,567 kWh"),
        ("sv", "1\xa0234,567 kWh"),
    ],
)
def test_energy_when_shown_then_separators_are_those_of_the_language(
    language: str, expected: str
) -> None:
    with translation.override(language):
        assert formats.energy(1_234_567) == expected


@pytest.mark.parametrize(
    "wh, expected", [(12_340, "12.34 kWh"), (0, "0.0 kWh"), (50, "0.05 kWh"), (-4_200, "-4.2 kWh")]
)
def test_energy_when_shown_then_one_to_three_decimals(wh: int, expected: str) -> None:
    with translation.override("en"):
        assert formats.energy(wh) == expected


@pytest.mark.parametrize(
    "seconds, expected",
    [(0, "0:00:00"), (3_725, "1:02:05"), (360_000, "100:00:00"), (-61, "-0:01:01")],
)
def test_duration_when_shown_then_hours_minutes_seconds(seconds: int, expected: str) -> None:
    assert formats.duration(seconds) == expected


def test_values_when_there_are_none_then_a_dash() -> None:
    for show in (formats.energy, formats.power, formats.duration, formats.percent, formats.moment):
        assert show(None) == "–"


@pytest.mark.parametrize("language, expected", [("en", "8.3 %"), ("de", "8,3 %")])
def test_percent_when_shown_then_one_decimal(language: str, expected: str) -> None:
    with translation.override(language):
        assert formats.percent(Decimal("0.0834")) == expected


def test_moment_when_shown_then_in_the_zone_of_the_request() -> None:
    with translation.override("en"), timezone.override(ZoneInfo("Europe/Berlin")):
        assert formats.moment(NOON) == "24 Nov 2026, 13:00:05"


@pytest.mark.parametrize("language, expected", [("en", "3 minutes ago"), ("de", "vor 3 Minuten")])
def test_age_when_shown_then_in_words(language: str, expected: str) -> None:
    with translation.override(language):
        assert formats.age(NOON - timedelta(minutes=3), NOON) == expected


def test_age_when_the_clock_of_the_station_is_fast_then_not_in_the_future() -> None:
    with translation.override("en"):
        assert formats.age(NOON + timedelta(minutes=3), NOON) == "just now"
