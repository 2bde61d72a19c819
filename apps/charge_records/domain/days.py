"""On which day does a session count?"""

from __future__ import annotations

from datetime import date, datetime, tzinfo


def day_of(ended_at: datetime, received_at: datetime, zone: tzinfo) -> date:
    """Return the local day of the end; a clock that is ahead ends no later than we heard of it."""
    return min(ended_at, received_at).astimezone(zone).date()
