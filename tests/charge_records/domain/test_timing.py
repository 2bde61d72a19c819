"""Which time counts: late messages, wrong clocks, silence."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.charge_records.domain.timing import effective_time, is_silent, is_time_unreadable

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DAY = timedelta(hours=24)

pytestmark = pytest.mark.req("OCP-06")


@pytest.mark.parametrize(
    "at, expected",
    [
        (NOW, NOW),
        (NOW - timedelta(minutes=5), NOW),
        (NOW - timedelta(minutes=5, seconds=1), NOW - timedelta(minutes=5, seconds=1)),
        (NOW - 3 * DAY, NOW - 3 * DAY),
        (NOW + timedelta(hours=2), NOW),
        (datetime(1970, 1, 1, tzinfo=UTC), NOW),
        (datetime(2099, 1, 1, tzinfo=UTC), NOW),
    ],
)
def test_effective_time_when_late_then_the_stations_else_ours(
    at: datetime, expected: datetime
) -> None:
    assert effective_time(at, NOW) == expected


def test_is_time_unreadable_when_flagged_then_so() -> None:
    assert is_time_unreadable(("too_long:idTag", "time_unparsable"))
    assert not is_time_unreadable(("time_implausible",))


@pytest.mark.parametrize(
    "facts, expected",
    [
        ({}, True),
        ({"received_at": NOW - DAY + timedelta(seconds=1)}, False),
        ({"last_sample_at": NOW - timedelta(hours=1)}, False),
        ({"last_sample_at": NOW + DAY}, True),
        ({"is_occupied": True}, False),
        ({"status_at": NOW - timedelta(hours=23)}, False),
        ({"is_superseded": True, "is_occupied": True}, True),
        ({"is_superseded": True, "last_sample_at": NOW}, True),
    ],
)
def test_is_silent_when_no_sign_of_life_for_a_day_then_so(
    facts: dict[str, object], expected: bool
) -> None:
    usual: dict[str, object] = {
        "received_at": NOW - DAY,
        "last_sample_at": None,
        "is_superseded": False,
        "is_occupied": False,
        "status_at": None,
    }

    assert is_silent(now=NOW, **{**usual, **facts}) is expected  # type: ignore[arg-type]
