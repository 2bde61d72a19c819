"""The time of a simulation: real, faster, or catching up from a moment in the past."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """Tells the time of day and waits.

    `speed` shortens every wait by that factor. Without `since`, `now()` stays the real time of day.
    With `since`, `now()` starts there and runs `speed` times faster until it has caught up with the
    real time, which it never overtakes: a charger must not send times in the future.
    """

    def __init__(self, speed: float = 1.0, *, since: datetime | None = None) -> None:
        if speed <= 0:
            raise ValueError("speed must be greater than 0")
        self.speed = speed
        self.since = since
        self._began = time.monotonic()
        self._lead: timedelta | None = None
        if since is not None:
            self._lead = max(datetime.now(UTC) - since, timedelta())

    @property
    def is_real(self) -> bool:
        """Whether `now()` is the real time of day."""
        return self.since is None

    def now(self) -> datetime:
        """Return the time of day, aware, in UTC."""
        real = datetime.now(UTC)
        if self.since is None:
            return real
        return min(self.since + timedelta(seconds=self._elapsed() * self.speed), real)

    def real_seconds(self, seconds: float) -> float:
        """Return how many real seconds a wait of `seconds` of this clock takes."""
        seconds = max(seconds, 0.0)
        if self._lead is None:
            return seconds / self.speed
        if self.speed <= 1:
            return seconds / self.speed
        catch_up = self._lead.total_seconds() / (self.speed - 1) - self._elapsed()
        fast = seconds / self.speed
        if catch_up <= 0:
            return seconds
        if fast <= catch_up:
            return fast
        return catch_up + (seconds - catch_up * self.speed)

    async def sleep(self, seconds: float) -> None:
        """Wait `seconds` of this clock."""
        await asyncio.sleep(self.real_seconds(seconds))

    def later(self, seconds: float, callback: Callable[[], object]) -> asyncio.TimerHandle:
        """Call back after `seconds` of this clock."""
        return asyncio.get_running_loop().call_later(self.real_seconds(seconds), callback)

    def _elapsed(self) -> float:
        return time.monotonic() - self._began


def to_text(moment: datetime) -> str:
    """Return RFC 3339 in UTC with milliseconds: `2026-03-09T08:00:00.250Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_text(text: object) -> datetime | None:
    """Return the aware time of an RFC 3339 text (no zone: UTC), None for anything else."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
