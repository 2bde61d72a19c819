"""Charge box id → tenant and station, kept in memory until the bell says that a route changed."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from apps.core.bell import LOST, bell
from apps.tenants.selectors import find_route

CHANNEL = "charge_box_routes"
ENTRIES_MAX = 50_000


@dataclass(frozen=True, slots=True)
class Route:
    """Where a charge box id leads."""

    schema: str
    station_id: int


class RouteCache:
    """Look-ups of any thread. Not used while the bell is not heard, for it would go stale."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.known: dict[str, Route | None] = {}
        self.generation = 0

    def forget(self, payload: str) -> None:
        """Called by the bell with the id in capitals, or `LOST`."""
        with self.lock:
            self.generation += 1
            if payload == LOST:
                self.known.clear()
            else:
                self.known.pop(payload, None)

    def find(self, charge_box_id: str) -> Route | None:
        """Return the route of the id whatever its case. One query at most, in the public schema."""
        name = charge_box_id.upper()
        with self.lock:
            generation = self.generation
            if bell.healthy.is_set() and name in self.known:
                return self.known[name]
        row = find_route(charge_box_id)
        route = None if row is None else Route(row.tenant.schema_name, row.station_pk)
        with self.lock:
            # A bell that rang during the query may have meant this very row.
            if self.generation == generation and bell.healthy.is_set():
                if len(self.known) >= ENTRIES_MAX:
                    self.known.clear()
                self.known[name] = route
        return route
