"""When a mail that was not accepted is tried again, and when it is given up."""

from datetime import timedelta

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
PATIENCE = timedelta(days=3)
"""How long a mail is tried. RFC 5321, 4.5.4.1, advises at least four to five days between servers;
ours holds links that expire, and whoever waits for one asks again long before."""


def wait_after(attempts: int) -> timedelta:
    """Return the wait after so many attempts that failed: 1, 2, 4, ... minutes, at most an hour."""
    doublings = min(max(attempts, 1) - 1, 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def is_hopeless(age: timedelta) -> bool:
    """Say whether a mail of this age is given up when it fails once more."""
    return age >= PATIENCE


def is_final(codes: list[int]) -> bool:
    """Say whether a server's answers to recipient or text refuse for good (RFC 5321: 5yz)."""
    return bool(codes) and all(500 <= code < 600 for code in codes)
