"""Slowing down whoever guesses a station's password, without ever locking the station out.

Counted per (charge box id, address). Above the limit a generated key is still checked, for nobody
guesses 160 bits; a chosen password is checked once a second, which leaves a guesser nowhere and
lets the station itself in at its next attempt.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

FAILURES_MAX = 10
WINDOW_S = 60.0
CHECK_EVERY_S = 1.0
ENTRIES_MAX = 10_000


@dataclass(slots=True)
class Failures:
    """Wrong passwords of one (station, address) since `began`."""

    began: float
    count: int = 0
    checked_at: float = 0.0


class Throttle:
    """Memory of this process, bounded; belongs to the event loop's thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.entries: OrderedDict[tuple[str, str], Failures] = OrderedDict()

    def is_exceeded(self, key: tuple[str, str]) -> bool:
        """Say whether the pair has failed too often in the last minute."""
        found = self.current(key)
        return found is not None and found.count >= FAILURES_MAX

    def may_check(self, key: tuple[str, str]) -> bool:
        """Say whether a chosen password may be checked now, and count that as the check."""
        found = self.current(key)
        if found is None or found.count < FAILURES_MAX:
            return True
        now = self.clock()
        if now - found.checked_at < CHECK_EVERY_S:
            return False
        found.checked_at = now
        return True

    def failed(self, key: tuple[str, str]) -> None:
        """Count a wrong password."""
        found = self.current(key)
        if found is None:
            found = self.entries[key] = Failures(self.clock())
            if len(self.entries) > ENTRIES_MAX:
                self.entries.popitem(last=False)
        found.count += 1

    def succeeded(self, key: tuple[str, str]) -> None:
        """Forget the pair: its owner is the station."""
        self.entries.pop(key, None)

    def current(self, key: tuple[str, str]) -> Failures | None:
        found = self.entries.get(key)
        if found is not None and self.clock() - found.began > WINDOW_S:
            del self.entries[key]
            return None
        return found
