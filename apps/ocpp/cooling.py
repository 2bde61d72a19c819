"""Stations that connect again and again are paused, before they cost the database anything (R14).

Only connects that were let in count, so nobody who lacks the key can pause a station; and none
counts that we ended ourselves, so a station that comes back after an outage is never paused.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

# EMQX's example of flapping detection, which many brokers follow.
CONNECTS_MAX = 15
WINDOW_S = 60.0
PAUSE_S = 300.0
ENTRIES_MAX = 50_000


@dataclass(slots=True)
class Connects:
    """When a station was let in of late, oldest first, and until when it is paused."""

    times: deque[float] = field(default_factory=lambda: deque(maxlen=CONNECTS_MAX))
    paused_until: float = 0.0


class Cooling:
    """Memory of this process, bounded; belongs to the event loop's thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.stations: OrderedDict[str, Connects] = OrderedDict()

    def pause_left_s(self, charge_box_id: str) -> float:
        """Return for how many seconds the station is still refused; 0 for not at all."""
        found = self.stations.get(charge_box_id.upper())
        return max(0.0, found.paused_until - self.clock()) if found else 0.0

    def may_connect(self, charge_box_id: str) -> bool:
        """Count a connect; False where it is one too many within a minute: the pause begins."""
        name, now = charge_box_id.upper(), self.clock()
        found = self.stations.setdefault(name, Connects())
        self.stations.move_to_end(name)
        if len(self.stations) > ENTRIES_MAX:
            self.stations.popitem(last=False)
        while found.times and now - found.times[0] > WINDOW_S:
            found.times.popleft()
        if len(found.times) >= CONNECTS_MAX:
            found.times.clear()
            found.paused_until = now + PAUSE_S
            return False
        found.times.append(now)
        return True

    def forgive(self, charge_box_id: str) -> None:
        """Take the newest connect back: it was ended by us, not by the station."""
        found = self.stations.get(charge_box_id.upper())
        if found is not None and found.times:
            found.times.pop()
