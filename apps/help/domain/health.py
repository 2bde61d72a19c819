"""From what was measured to the state of each part of the platform."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from apps.help.domain.malfunctions import Component, Severity

# Beyond these a person notices.
SLOW_DATABASE_MS = 1_000.0
WORKER_LATE_S = 120.0
WORKER_GONE_S = 600.0
QUEUE_LATE_S = 120.0
QUEUE_STUCK_S = 900.0


class State(IntEnum):
    """Of a part of the platform; the larger one is worse."""

    UNKNOWN = 0
    WORKING = 1
    MAINTENANCE = 2
    IMPAIRED = 3
    PARTLY_DOWN = 4
    DOWN = 5


SEVERITY_STATES = {
    Severity.MINOR: State.IMPAIRED,
    Severity.MAJOR: State.PARTLY_DOWN,
    Severity.CRITICAL: State.DOWN,
}


@dataclass(frozen=True, slots=True)
class QueueFigure:
    """Tasks that wait for a worker, and the age of the oldest one in seconds."""

    name: str
    waiting: int
    lag_s: float


@dataclass(frozen=True, slots=True)
class Health:
    """What was measured at a moment.

    `database_ms`: None when it does not answer; then nothing below is known, either. `redis_up`:
    None where none is used. `worker_age_s`: since the workers last reported, None without a report.
    `mails_overdue`: mails that should have left long ago, as of that report. `gateways`: processes
    that are alive and take chargers; `connections`: the sockets that they hold.
    """

    measured_at: datetime
    database_ms: float | None = None
    redis_up: bool | None = None
    queues: tuple[QueueFigure, ...] = ()
    worker_age_s: float | None = None
    mails_overdue: int = 0
    gateways: int | None = None
    connections: int = 0


def measured_states(health: Health) -> dict[Component, State]:
    """Return the state of each component as far as measurements tell."""
    if health.database_ms is None:
        return dict.fromkeys(Component, State.DOWN)
    portal = State.IMPAIRED if health.database_ms > SLOW_DATABASE_MS else State.WORKING
    if health.redis_up is False:  # pages open, but they do not move by themselves
        portal = max(portal, State.IMPAIRED)
    jobs = jobs_state(health)
    mails = max(jobs, State.IMPAIRED) if health.mails_overdue else jobs
    return {
        Component.PORTAL: portal,
        Component.CHARGERS: chargers_state(health.gateways),
        # A session is stored by the gateway; its record is made by a worker.
        Component.SESSIONS: min(jobs, State.IMPAIRED),
        Component.MAILS: mails,
        Component.JOBS: jobs,
    }


def chargers_state(gateways: int | None) -> State:
    if gateways is None:
        return State.UNKNOWN
    return State.WORKING if gateways else State.DOWN


def jobs_state(health: Health) -> State:
    """Return how background work runs: by the last report, the queues and their broker."""
    if health.worker_age_s is None:
        return State.UNKNOWN
    states = [by_age(health.worker_age_s, WORKER_LATE_S, WORKER_GONE_S)]
    states += [by_age(queue.lag_s, QUEUE_LATE_S, QUEUE_STUCK_S) for queue in health.queues]
    if health.redis_up is False:
        states.append(State.PARTLY_DOWN)
    return max(states)


def by_age(age_s: float, late_s: float, gone_s: float) -> State:
    if age_s > gone_s:
        return State.DOWN
    return State.IMPAIRED if age_s > late_s else State.WORKING


def summary_of(states: Collection[State]) -> State:
    """Return the worst of the states; UNKNOWN where all works but something was not measured."""
    found = max(states, default=State.UNKNOWN)
    return State.UNKNOWN if found is State.WORKING and State.UNKNOWN in states else found
