"""Allowed steps of activations."""

import pytest

from apps.charge_records.domain.statuses import (
    ACTIVATION_STEPS,
    LIVE_ACTIVATION_STATES,
    ActivationState,
)

pytestmark = pytest.mark.req("CDR-08")


def test_steps_are_written_for_every_state() -> None:
    assert set(ACTIVATION_STEPS) == set(ActivationState)


def test_steps_when_live_then_every_state_can_fail() -> None:
    for state in LIVE_ACTIVATION_STATES:
        assert ActivationState.FAILED in ACTIVATION_STEPS[state]


def test_steps_when_over_then_no_way_back() -> None:
    assert not ACTIVATION_STEPS[ActivationState.COMPLETED]
    assert not ACTIVATION_STEPS[ActivationState.REFUSED]
