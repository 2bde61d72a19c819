"""Where a job stands, and why one ended without a result."""

from enum import StrEnum


class JobState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN_STATES = frozenset({JobState.WAITING, JobState.RUNNING})


class Failure(StrEnum):
    """Why a job failed; `refused` is told by the job's own message."""

    LOST = "lost"
    PERSON_DISABLED = "person_disabled"
    RIGHT_LOST = "right_lost"
    KIND_UNKNOWN = "kind_unknown"
    REFUSED = "refused"
    BROKEN = "broken"


def percent(done: int, total: int | None) -> int | None:
    """Return how much is done, 0 to 100; None where nobody knows of how much."""
    if total is None:
        return None
    return 100 if total <= 0 else max(0, min(100, done * 100 // total))
