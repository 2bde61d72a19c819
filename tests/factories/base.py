"""What factories share: where a row is made, and a mark by which it is found on a page."""

from dataclasses import dataclass
from datetime import UTC, datetime

from apps.accounts.models import Location

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """A location of the current schema; rows made there carry `mark` in a text that pages show."""

    location: Location
    mark: str


def make_place(mark: str) -> Place:
    return Place(Location.objects.create(name=f"{mark}-site", city=f"{mark}-city"), mark)
