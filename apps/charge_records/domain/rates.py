"""Error rates side by side: which is worse, did it change, is there enough to go by (CDR-07)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from apps.charge_records.domain.outcome import ErrorTally

# Below this many activations one error more moves the rate by five points and more.
ENOUGH = 20

NO_TALLY = ErrorTally(errors=0, activations=0)


class Level(StrEnum):
    """Of what a rate is."""

    POINTS = "points"
    STATIONS = "stations"
    LOCATIONS = "locations"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Compared:
    """A tally of a period beside that of the period before; `refused` failed authorisations."""

    now: ErrorTally
    before: ErrorTally = NO_TALLY
    refused: int = 0

    @property
    def is_little(self) -> bool:
        """Say whether the rate rests on few activations."""
        return 0 < self.now.activations < ENOUGH

    @property
    def change(self) -> Decimal | None:
        """The rate less the one before, 0.05 for five points more; None where one is missing."""
        if self.now.rate is None or self.before.rate is None:
            return None
        return self.now.rate - self.before.rate

    def plus(self, other: Compared) -> Compared:
        """Return both counted together."""
        return Compared(
            added(self.now, other.now),
            added(self.before, other.before),
            self.refused + other.refused,
        )


def added(one: ErrorTally, other: ErrorTally) -> ErrorTally:
    return ErrorTally(one.errors + other.errors, one.activations + other.activations)


K = TypeVar("K")


def worst_first(rates: Iterable[tuple[K, Compared]]) -> list[tuple[K, Compared]]:
    """Return them by rate, the highest first; of equal ones that with more activations.

    What has no rate stands at the end.
    """

    def place(item: tuple[K, Compared]) -> tuple[bool, Decimal, int]:
        rate = item[1].now.rate
        return rate is None, -(rate or Decimal(0)), -item[1].now.activations

    return sorted(rates, key=place)
