"""What goes wrong on the platform, how far it is mended, and when people are told."""

from datetime import datetime, timedelta
from enum import StrEnum

ANNOUNCED_BEFORE = timedelta(days=3)
"""Planned maintenance is announced in the portal from then on."""


class Kind(StrEnum):
    MALFUNCTION = "malfunction"
    MAINTENANCE = "maintenance"


class Severity(StrEnum):
    """How much of what is affected does not work."""

    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


class Component(StrEnum):
    """A part of the platform as its users know it."""

    PORTAL = "portal"
    CHARGERS = "chargers"
    SESSIONS = "sessions"
    MAILS = "mails"
    JOBS = "jobs"


class Stage(StrEnum):
    """How far it is, as each update tells."""

    INVESTIGATING = "investigating"
    FOUND = "found"
    WATCHING = "watching"
    RESOLVED = "resolved"
    PLANNED = "planned"
    UNDER_WAY = "under_way"
    DONE = "done"


STAGES = {
    Kind.MALFUNCTION: (Stage.INVESTIGATING, Stage.FOUND, Stage.WATCHING, Stage.RESOLVED),
    Kind.MAINTENANCE: (Stage.PLANNED, Stage.UNDER_WAY, Stage.DONE),
}
LAST_STAGES = frozenset({Stage.RESOLVED, Stage.DONE})


class Phase(StrEnum):
    """Where a malfunction or maintenance stands at a moment."""

    LATER = "later"
    ANNOUNCED = "announced"
    ACTIVE = "active"
    OVER = "over"


def phase(
    kind: Kind,
    *,
    began_at: datetime,
    ends_at: datetime | None,
    resolved_at: datetime | None,
    now: datetime,
) -> Phase:
    """Return the phase. Maintenance is over when its time is up, whoever forgets to say so."""
    if resolved_at is not None:
        return Phase.OVER
    if kind is Kind.MALFUNCTION:
        return Phase.ACTIVE
    if ends_at is not None and ends_at <= now:
        return Phase.OVER
    if began_at <= now:
        return Phase.ACTIVE
    return Phase.ANNOUNCED if began_at - ANNOUNCED_BEFORE <= now else Phase.LATER
