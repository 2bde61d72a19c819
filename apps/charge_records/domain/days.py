"""On which day, and in which hour, does a session count?"""

from __future__ import annotations

from datetime import date, datetime, tzinfo


def day_of(began_at: datetime, received_at: datetime, zone: tzinfo) -> date:
    """Return the local day of the begin; a clock that is ahead began no later than we heard of it.

    `received_at`: of the end, so that a plausible session counts on the day that its record shows.
    """
    return min(began_at, received_at).astimezone(zone).date()


def hour_of(began_at: datetime, received_at: datetime, zone: tzinfo) -> int:
    """Return the local hour of the begin, 0 to 23, by the same rule."""
    return min(began_at, received_at).astimezone(zone).hour


def years_before(day: date, years: int) -> date:
    """Return the same day so many years before; 29 February has 28 February before it."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
