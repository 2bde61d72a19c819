"""How long somebody stays signed in, and by which way it began (OWASP ASVS 5.0, 6.1.1, 7.3)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

DEFAULT_IDLE = timedelta(hours=8)
"""A shift: whoever watches a site all day is not thrown out between two clicks."""
DEFAULT_LONGEST = timedelta(hours=24)
SHORTEST_IDLE, LONGEST_IDLE = timedelta(minutes=5), timedelta(hours=24)
SHORTEST_LONGEST, LONGEST_LONGEST = timedelta(hours=1), timedelta(days=30)

GRAIN = timedelta(minutes=1)
"""Activity is written down once in this time, not with each request."""
WARNING = timedelta(minutes=5)
"""So long before the end the page warns (WCAG 2.2.1 asks for 20 seconds at least)."""


class SignInWay(StrEnum):
    """By which way a person signed in."""

    PASSWORD = "password"  # noqa: S105
    PASSKEY = "passkey"
    SINGLE_SIGN_ON = "single_sign_on"
    SUPPORT = "support"


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long a session lives without activity, and at most."""

    idle: timedelta = DEFAULT_IDLE
    longest: timedelta = DEFAULT_LONGEST


def end_of_session(started: datetime, seen: datetime, times: Lifetimes) -> datetime:
    """Return when a session ends unless its person does something."""
    return min(seen + times.idle, started + times.longest)
