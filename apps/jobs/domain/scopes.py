"""What somebody saw when a file was made; whoever sees less by now does not get it any more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Scope:
    """Keys of the seen locations (None: all, also those to come), and whether drivers are shown."""

    locations: frozenset[int] | None
    sees_drivers: bool

    def covers(self, other: "Scope") -> bool:
        """Say whether whoever sees this sees everything of the other scope."""
        if other.sees_drivers and not self.sees_drivers:
            return False
        if self.locations is None:
            return True
        return other.locations is not None and other.locations <= self.locations

    def to_json(self) -> dict[str, Any]:
        places = None if self.locations is None else sorted(self.locations)
        return {"locations": places, "sees_drivers": self.sees_drivers}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Scope":
        places = value["locations"]
        return cls(None if places is None else frozenset(places), value["sees_drivers"])
