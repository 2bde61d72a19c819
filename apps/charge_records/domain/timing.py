"""Which time counts? Stations report late, with clocks that are wrong or were never set."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

# Ours: a message that tells of a time longer ago was queued while the station was offline.
LATE_AFTER = timedelta(minutes=5)
# Ours: no station was online before OCPP 1.6 (2015); a clock that never was set shows 1970.
CLOCK_NEVER_SET_BEFORE = datetime(2010, 1, 1, tzinfo=UTC)
# Remarks on a message whose time is our time of receipt, for none was readable.
TIME_UNREADABLE = frozenset({"time_missing", "time_unparsable"})

# A card is held first, the cable plugged after it.
AUTHORIZATION_LASTS = timedelta(minutes=10)
# An authorised activation that does not start within this time was given up.
START_AWAITED = timedelta(minutes=5)
# The clocks of a station and ours may differ by so much.
CLOCK_TOLERANCE = timedelta(minutes=1)
# DOMAIN 5, mapping: no end within 24 h of the connector becoming free.
END_AWAITED = timedelta(hours=24)


def effective_time(at: datetime, received_at: datetime) -> datetime:
    """Return when it happened: the station's time for a late message, else the time of receipt.

    A clock that is ahead or was never set says nothing; the time of receipt stands in.
    """
    if CLOCK_NEVER_SET_BEFORE <= at < received_at - LATE_AFTER:
        return at
    return received_at


def is_time_unreadable(flags: Collection[str]) -> bool:
    """Tell whether the message's time is only our time of receipt."""
    return not TIME_UNREADABLE.isdisjoint(flags)


def is_silent(
    *,
    now: datetime,
    received_at: datetime,
    last_sample_at: datetime | None,
    is_superseded: bool,
    is_occupied: bool,
    status_at: datetime | None,
) -> bool:
    """Tell whether an open session gave no sign of life for so long that its end will be missing.

    `is_superseded`: another session began on its connector since. Otherwise an occupied connector
    is a sign of life, and the time counts from when the connector became free (`status_at`).
    """
    signs = [received_at]
    if not is_superseded:
        if is_occupied:
            return False
        signs += [at for at in (last_sample_at, status_at) if at is not None and at <= now]
    return now - max(signs) >= END_AWAITED
