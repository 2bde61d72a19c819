"""Wrong passwords are slowed per station and address; nobody is locked out."""

import pytest

from apps.ocpp.throttle import ENTRIES_MAX, FAILURES_MAX, WINDOW_S, Throttle

KEY = ("CB-1", "192.0.2.1")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def exceeded(clock: Clock) -> Throttle:
    throttle = Throttle(clock)
    for _ in range(FAILURES_MAX):
        throttle.failed(KEY)
    return throttle


@pytest.mark.req("INF-05")
def test_the_limit_is_per_station_and_address(clock: Clock) -> None:
    throttle = exceeded(clock)
    assert throttle.is_exceeded(KEY)
    assert not throttle.is_exceeded(("CB-1", "192.0.2.2"))
    assert not throttle.is_exceeded(("CB-2", "192.0.2.1"))


@pytest.mark.req("INF-05")
def test_above_the_limit_one_check_a_second_is_left(clock: Clock) -> None:
    throttle = exceeded(clock)
    assert throttle.may_check(KEY)
    assert not throttle.may_check(KEY)
    clock.now += 1
    assert throttle.may_check(KEY)


@pytest.mark.req("INF-05")
def test_it_is_over_after_a_minute_or_the_right_password(clock: Clock) -> None:
    throttle = exceeded(clock)
    throttle.succeeded(KEY)
    assert not throttle.is_exceeded(KEY)
    throttle = exceeded(clock)
    clock.now += WINDOW_S + 1
    assert not throttle.is_exceeded(KEY)


@pytest.mark.req("INF-05")
def test_memory_is_bounded(clock: Clock) -> None:
    throttle = Throttle(clock)
    for number in range(ENTRIES_MAX + 10):
        throttle.failed((f"CB-{number}", "a"))
    assert len(throttle.entries) == ENTRIES_MAX
