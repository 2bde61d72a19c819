"""Drawing the visits of six weeks: who came when, what was charged, what went wrong."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

DAYS = 42
# Arrivals in each hour of the local day against the mean of the day.
ARRIVALS_BY_HOUR = (
    *(0.15, 0.1, 0.1, 0.1, 0.15, 0.3, 0.7, 1.3, 1.6, 1.4, 1.2, 1.2),
    *(1.4, 1.3, 1.2, 1.3, 1.6, 2.0, 2.1, 1.7, 1.2, 0.8, 0.5, 0.3),
)
ARRIVALS_BY_WEEKDAY = (1.0, 1.0, 1.0, 1.05, 1.2, 1.0, 0.75)
# Visits per charge point and day.
AC_RATE, DC_RATE = 3.0, 5.2
# Nothing ends later than this before the demo begins: the simulated chargers go on from there.
QUIET = timedelta(minutes=12)
PAUSE = timedelta(minutes=6)


class Course(StrEnum):
    """How a visit went."""

    PLAIN = "plain"
    REMOTE = "remote"
    UNKNOWN_CARD = "unknown_card"
    REFUSED_CARD = "refused_card"
    GIVEN_UP = "given_up"
    CANCELED = "canceled"
    TOO_LITTLE = "too_little"
    TOO_MUCH_POWER = "too_much_power"
    METER_RAN_BACK = "meter_ran_back"
    CLOCK_AHEAD = "clock_ahead"
    CLOCK_SET_BACK = "clock_set_back"
    CHARGED_ALL_THE_SAME = "charged_all_the_same"
    FAULT = "fault"
    NO_END = "no_end"


# Shares of the visits in per mille; the rest is plain.
SHARES = {
    Course.REMOTE: 12,
    Course.UNKNOWN_CARD: 26,
    Course.REFUSED_CARD: 14,
    Course.GIVEN_UP: 9,
    Course.CANCELED: 10,
    Course.TOO_LITTLE: 9,
    Course.TOO_MUCH_POWER: 3,
    Course.METER_RAN_BACK: 3,
    Course.CLOCK_AHEAD: 2,
    Course.CLOCK_SET_BACK: 2,
    Course.CHARGED_ALL_THE_SAME: 4,
    Course.FAULT: 6,
    Course.NO_END: 3,
}
WITHOUT_SESSION = frozenset({Course.UNKNOWN_CARD, Course.REFUSED_CARD, Course.GIVEN_UP})
REASONS = ("Local", "Local", "Local", "EVDisconnected", "EVDisconnected", "Remote")


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit; `start` and `end` by a good clock, `drawn_s` the time that energy flowed."""

    course: Course
    start: datetime
    end: datetime
    energy_wh: int
    drawn_s: int
    reason: str


def draw_visits(
    rng: random.Random, *, power_w: int, is_dc: bool, zone: ZoneInfo, now: datetime
) -> Iterator[Visit]:
    """Yield the visits at one charge point in order; they do not overlap."""
    free_from = now - timedelta(days=DAYS)
    first_day = free_from.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    for day in range(DAYS + 1):
        midnight = first_day + timedelta(days=day)
        rate = (DC_RATE if is_dc else AC_RATE) * ARRIVALS_BY_WEEKDAY[midnight.weekday()]
        for second in sorted(draw_second(rng) for _ in range(draw_count(rng, rate))):
            arrival = (midnight + timedelta(seconds=second)).astimezone(now.tzinfo)
            visit = draw_visit(rng, max(arrival, free_from), power_w=power_w, is_dc=is_dc)
            if visit.end > now - QUIET:
                return
            yield visit
            free_from = visit.end + PAUSE


def draw_count(rng: random.Random, mean: float) -> int:
    """Return a Poisson number (Knuth's way; means are small)."""
    limit, count, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count


def draw_second(rng: random.Random) -> int:
    """Return a second of the day, by the arrivals of its hours."""
    hour = rng.choices(range(24), ARRIVALS_BY_HOUR)[0]
    return hour * 3600 + rng.randrange(3600)


def draw_course(rng: random.Random) -> Course:
    lot = rng.randrange(1000)
    for course, share in SHARES.items():
        lot -= share
        if lot < 0:
            return course
    return Course.PLAIN


def draw_visit(rng: random.Random, start: datetime, *, power_w: int, is_dc: bool) -> Visit:
    """Return the visit that begins then."""
    course = draw_course(rng)
    energy_wh, drawn_s, stay_s = draw_charge(rng, power_w=power_w, is_dc=is_dc)
    reason = rng.choice(REASONS)
    if course in WITHOUT_SESSION:
        energy_wh = drawn_s = 0
        stay_s = rng.randint(15, 50)
    elif course is Course.CANCELED:
        energy_wh, drawn_s, stay_s = 0, 0, rng.randint(12, 55)
    elif course is Course.TOO_LITTLE:
        energy_wh = rng.randint(20, 190)
        stay_s = drawn_s = rng.randint(90, 400)
    elif course is Course.TOO_MUCH_POWER:
        energy_wh = round(power_w * stay_s / 3600 * rng.uniform(1.2, 1.9))
    elif course is Course.METER_RAN_BACK:
        energy_wh = -rng.randint(500, 90_000)
    elif course is Course.FAULT:
        reason = rng.choice(("EmergencyStop", "PowerLoss", "PowerLoss"))
    return Visit(course, start, start + timedelta(seconds=stay_s), energy_wh, drawn_s, reason)


def draw_charge(rng: random.Random, *, power_w: int, is_dc: bool) -> tuple[int, int, int]:
    """Return energy in Wh, seconds of charging and seconds of the stay of a usual visit."""
    if is_dc:
        mean_w = min(power_w, rng.choice((48_000, 75_000, 100_000, 135_000))) * rng.uniform(
            0.6, 0.9
        )
        seconds = rng.uniform(480, 2_700)
        energy_wh = min(mean_w * seconds / 3600, rng.uniform(25_000, 72_000))
        drawn_s = energy_wh / mean_w * 3600
        return round(energy_wh), round(drawn_s), round(drawn_s + rng.uniform(20, 240))
    mean_w = min(power_w, rng.choice((3_600, 7_200, 11_000, 11_000, 22_000))) * 0.96
    stay_s = min(rng.lognormvariate(8.9, 0.65), 11 * 3600)
    energy_wh = min(mean_w * stay_s / 3600, rng.uniform(4_000, 46_000))
    drawn_s = energy_wh / mean_w * 3600
    return round(energy_wh), round(drawn_s), round(max(stay_s, drawn_s + 5))
