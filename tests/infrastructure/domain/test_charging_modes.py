"""What goes with which charging mode of IEC 61851-1 (TEN-05c)."""

import pytest

from apps.infrastructure.choices import CHARGING_MODE_CHOICES, ConnectorType, Current
from apps.infrastructure.domain.charging_modes import (
    AC,
    DC,
    NAMED,
    ChargingMode,
    current_of,
    fits,
    mode_of,
)

pytestmark = pytest.mark.req("TEN-05c")


@pytest.mark.parametrize(
    "current, connector_types, mode",
    [
        ("ac", ["type2"], ChargingMode.AC),
        ("ac", ["schuko"], ChargingMode.SOCKET),
        ("ac", ["schuko", "type2"], ChargingMode.AC),
        ("ac", [], ChargingMode.AC),
        ("dc", ["ccs2", "chademo"], ChargingMode.DC),
    ],
)
def test_mode_when_made_of_master_data_then_it_gives_the_same_current_back(
    current: str, connector_types: list[str], mode: ChargingMode
) -> None:
    assert mode_of(current, connector_types) is mode
    assert current_of(mode) == current


def test_words_when_compared_with_the_choices_then_the_same() -> None:
    assert {AC, DC} == set(Current.values)
    assert set(ConnectorType.values) - {"other"} == NAMED
    assert [value for value, _label in CHARGING_MODE_CHOICES] == list(ChargingMode)


@pytest.mark.parametrize("mode", list(ChargingMode))
def test_connector_when_of_another_kind_then_it_fits_every_mode(mode: ChargingMode) -> None:
    assert fits(mode, "other")
    assert fits(mode, "ccs2") is (mode is ChargingMode.DC)
