"""Runs of whole days, as figures are asked for: today, the last days, the last months."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

MONTHS_OF_A_YEAR = 12
# A line over more days than this is drawn by week.
SHOWN_BY_DAY = 31
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days that are."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Period:
        """The period of the same length that ends where this one begins."""
        length = timedelta(days=self.days)
        return Period(self.first - length, self.last - length)

    @property
    def is_by_day(self) -> bool:
        """Say whether a line over it has a point for each day, else one for each week."""
        return self.days <= SHOWN_BY_DAY

    def contains(self, day: date) -> bool:
        return self.first <= day <= self.last

    def each_day(self) -> Iterator[date]:
        """Yield the days, oldest first."""
        for number in range(self.days):
            yield self.first + timedelta(days=number)

    def each_month(self) -> Iterator[date]:
        """Yield the first day of each month that it touches, oldest first."""
        month = self.first.replace(day=1)
        while month <= self.last:
            yield month
            month = (month + timedelta(days=32)).replace(day=1)

    def each_point(self) -> Iterator[date]:
        """Yield where a line over it has its points: each day, or each week's first day.

        Weeks are counted back from the last day, so that the newest point is of a whole week.
        """
        if self.is_by_day:
            yield from self.each_day()
            return
        for weeks_ago in reversed(range(-(-self.days // WEEK.days))):
            yield self.point_of(self.last - weeks_ago * WEEK)

    def point_of(self, day: date) -> date:
        """Return the point of the line to which a day belongs."""
        if self.is_by_day:
            return day
        weeks_ago = (self.last - day) // WEEK
        return self.last - (weeks_ago + 1) * WEEK + timedelta(days=1)


def last_days(today: date, number: int) -> Period:
    """Return so many days up to today."""
    return Period(today - timedelta(days=number - 1), today)


def last_months(today: date, number: int = MONTHS_OF_A_YEAR) -> Period:
    """Return this month and those before, so many in all, up to today.

    Whole months, so that a bar per month adds up to the figure beside it.
    """
    months = today.year * MONTHS_OF_A_YEAR + today.month - number
    return Period(date(months // MONTHS_OF_A_YEAR, months % MONTHS_OF_A_YEAR + 1, 1), today)


LENGTHS = {"1d": 1, "7d": 7, "30d": 30, "90d": 90}


def named_period(name: str, today: date) -> Period:
    """Return the period of a name: "1d", "7d", "30d", "90d" in days, "12m" in months.

    Raises KeyError for another name.
    """
    return last_months(today) if name == "12m" else last_days(today, LENGTHS[name])
