"""Tolerant reading of times that chargers send, and the one way of writing them.

Seen in the field: no zone, blank for `T`, comma for the decimal point, nanoseconds, year 22222,
1970 after a reset, seconds since 1970.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

from apps.ocpp.frames import json_text, storable

TIME_MISSING = "time_missing"
TIME_UNPARSABLE = "time_unparsable"
TIME_WITHOUT_ZONE = "time_without_zone"
TIME_NOT_RFC3339 = "time_not_rfc3339"
TIME_IMPLAUSIBLE = "time_implausible"

# Ours: OCPP 1.6 is of 2015 and no charger was online before; a clock that never was set shows 1970.
EARLIEST_PLAUSIBLE = datetime(2010, 1, 1, tzinfo=UTC)
# Ours: a start this far ahead is no skew; the plausibility rules judge every start in the future.
LATEST_PLAUSIBLE_AHEAD = timedelta(days=1)
# Ours: beyond these no clock was meant, and date arithmetic in other zones would overflow.
YEAR_MIN, YEAR_MAX = 1900, 2200
RAW_MAX = 100

_TIME = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"(?P<mark>[Tt ]| +)"
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d+))?)?"
    r"\s*(?P<zone>[Zz]|[+-]\d{2}:?(?:\d{2})?)?",
    re.ASCII,
)
_EPOCH = re.compile(r"\d{9,10}(?:\d{3})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ReadTime:
    """`at`: aware, UTC; None where nothing usable was sent. `raw`: the text as sent."""

    at: datetime | None
    raw: str
    flags: tuple[str, ...] = ()


def read_time(value: Any, *, now: datetime, zone: tzinfo = UTC) -> ReadTime:
    """Return the time in a field; never raises.

    A time without zone is taken in `zone` (the site's) and flagged. Fractions are cut to
    microseconds, never rounded, so that a text always gives the same instant. A time before 2010
    or more than a day ahead of `now` is kept and flagged as implausible.
    Example: "2026-03-09 08:00:00" -> 2026-03-09T08:00Z, flags (time_not_rfc3339, time_without_zone)
    """
    if value is None or value == "":
        return ReadTime(None, "", (TIME_MISSING,))
    raw = storable(value if isinstance(value, str) else json_text(value))[:RAW_MAX]
    text = raw.strip()
    flags: list[str] = []
    at = _iso(text, zone, flags) or _epoch(text, flags)
    if at is None:
        return ReadTime(None, raw, (TIME_UNPARSABLE,))
    if at < EARLIEST_PLAUSIBLE or at - now > LATEST_PLAUSIBLE_AHEAD:
        flags.append(TIME_IMPLAUSIBLE)
    return ReadTime(at, raw, tuple(flags))


def write_time(at: datetime) -> str:
    """Return RFC 3339 in UTC with milliseconds: "2026-03-09T08:00:00.000Z" (OCPP 1.6, 3.13)."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _iso(text: str, zone: tzinfo, flags: list[str]) -> datetime | None:
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    fraction = (found["fraction"] or "")[:6].ljust(6, "0")
    try:
        local = datetime(  # noqa: DTZ001 - the zone is put in below
            int(found["year"]),
            int(found["month"]),
            int(found["day"]),
            int(found["hour"]),
            int(found["minute"]),
            _second(found["second"]),
            int(fraction),
        )
        at = local.replace(tzinfo=_zone(found["zone"]) or zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if not YEAR_MIN <= at.year <= YEAR_MAX:
        return None
    if not _is_rfc3339(found):
        flags.append(TIME_NOT_RFC3339)
    if found["zone"] is None:
        flags.append(TIME_WITHOUT_ZONE)
    return at


def _second(text: str | None) -> int:
    """Return the second; a leap second counts as the 59th."""
    second = int(text or 0)
    return 59 if second == 60 else second


def _zone(text: str | None) -> tzinfo | None:
    """Return the offset; ValueError for one of 24 hours or more."""
    if text is None:
        return None
    if text in "Zz":
        return UTC
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "").ljust(4, "0")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))


def _is_rfc3339(found: re.Match[str]) -> bool:
    zone = found["zone"] or "Z"
    return (
        found["mark"] in "Tt"
        and found["second"] is not None
        and "," not in found[0]
        and " " not in found[0]
        and len(found["month"] + found["day"] + found["hour"]) == 6
        and len(zone) in (1, 6)
    )


def _epoch(text: str, flags: list[str]) -> datetime | None:
    """Return the time for seconds or milliseconds since 1970."""
    if _EPOCH.fullmatch(text) is None:
        return None
    flags.append(TIME_NOT_RFC3339)
    divisor = 1000 if len(text) > 10 else 1
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=1) * int(text) / divisor
