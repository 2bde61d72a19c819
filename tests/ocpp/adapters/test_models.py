"""What single manufacturers do differently, as pure functions."""

import pytest

from apps.ocpp.adapters.models import (
    STANDARD,
    card_part,
    limit_for,
    profile_of,
    stack_level_for,
)

pytestmark = pytest.mark.req("OCP-07")


@pytest.mark.parametrize(
    "vendor, id_tag, card",
    [
        ("KEBA AG", "04A2_123", "04A2"),
        ("keba", "_123", "_123"),
        ("Other", "04A2_123", "04A2_123"),
        ("Other", "04A2;terminal", "04A2"),
        ("", ";", ";"),
    ],
)
def test_card_part_when_a_model_appends_then_without(vendor: str, id_tag: str, card: str) -> None:
    assert card_part(id_tag, profile_of(vendor)) == card


def test_profile_of_when_vendor_is_unknown_then_standard() -> None:
    assert profile_of("") is profile_of("Kebab") is STANDARD


def test_limits_and_levels_when_a_model_counts_otherwise_then_its_numbers() -> None:
    assert [limit_for(6.5, profile_of(name)) for name in ("KEBA", "EVBox", "x")] == [6500, 65, 6.5]
    assert [stack_level_for(2, profile_of(name)) for name in ("Wallbox", "x")] == [0, 2]
