"""Times that chargers send."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.ocpp.adapters.times import read_time, write_time

pytestmark = pytest.mark.req("OCP-07")

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
EIGHT = datetime(2026, 3, 9, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "value, at, flags",
    [
        ("2026-03-09T08:00:00Z", EIGHT, ()),
        ("2026-03-09T09:00:00+01:00", EIGHT, ()),
        ("2026-03-09t08:00:00z", EIGHT, ()),
        ("2026-03-09T08:00:00.123456789Z", EIGHT.replace(microsecond=123456), ()),
        ("2026-03-09T08:00:00.9999999Z", EIGHT.replace(microsecond=999999), ()),
        ("2026-03-09T08:00:60Z", EIGHT.replace(second=59), ()),
        ("2026-03-09T08:00:00", EIGHT, ("time_without_zone",)),
        ("2026-03-09 08:00:00Z", EIGHT, ("time_not_rfc3339",)),
        ("2026-03-09 08:00:00", EIGHT, ("time_not_rfc3339", "time_without_zone")),
        ("2026-03-09T08:00:00,5Z", EIGHT.replace(microsecond=500000), ("time_not_rfc3339",)),
        ("2026-3-9T8:00:00Z", EIGHT, ("time_not_rfc3339",)),
        ("2026-03-09T08:00Z", EIGHT, ("time_not_rfc3339",)),
        ("2026-03-09T09:00:00+0100", EIGHT, ("time_not_rfc3339",)),
        ("2026-03-09T09:00:00+01", EIGHT, ("time_not_rfc3339",)),
        (" 2026-03-09T08:00:00Z ", EIGHT, ()),
        ("1773043200", EIGHT, ("time_not_rfc3339",)),
        (1773043200000, EIGHT, ("time_not_rfc3339",)),
        ("1970-01-01T00:00:00Z", datetime(1970, 1, 1, tzinfo=UTC), ("time_implausible",)),
        ("2099-01-01T00:00:00Z", datetime(2099, 1, 1, tzinfo=UTC), ("time_implausible",)),
        ("2026-03-10T14:00:00Z", datetime(2026, 3, 10, 14, tzinfo=UTC), ()),
        ("22222-01-01T00:00:00Z", None, ("time_unparsable",)),
        ("0001-01-01T00:00:00+14:00", None, ("time_unparsable",)),
        ("9999-12-31T23:59:59-14:00", None, ("time_unparsable",)),
        ("2026-02-30T08:00:00Z", None, ("time_unparsable",)),
        ("2026-03-09T08:00:61Z", None, ("time_unparsable",)),
        ("2026-03-09T08:00:00+99:00", None, ("time_unparsable",)),
        ("٢٠٢٦-03-09T08:00:00Z", None, ("time_unparsable",)),
        ("yesterday", None, ("time_unparsable",)),
        ({"a": 1}, None, ("time_unparsable",)),
        (True, None, ("time_unparsable",)),
        (None, None, ("time_missing",)),
        ("", None, ("time_missing",)),
    ],
)
def test_read_time_when_sent_so_then_instant_and_flags(
    value: Any, at: datetime | None, flags: tuple[str, ...]
) -> None:
    read = read_time(value, now=NOW)
    assert (read.at, read.flags) == (at, flags)
    assert read.at is None or read.at.tzinfo is UTC


def test_read_time_when_no_zone_then_the_sites() -> None:
    read = read_time("2026-07-09T08:00:00", now=NOW, zone=ZoneInfo("Europe/Berlin"))
    assert read.at == datetime(2026, 7, 9, 6, tzinfo=UTC)


@pytest.mark.req("OCP-06")
def test_read_time_when_written_in_four_notations_then_one_hour_is_one_hour() -> None:
    starts = ["2026-03-29T01:30:00+01:00", "2026-03-29T00:30:00Z"]
    ends = ["2026-03-29T03:30:00+02:00", "2026-03-29T01:30:00.000Z"]
    for start in starts:
        for end in ends:
            first, last = read_time(start, now=NOW).at, read_time(end, now=NOW).at
            assert first is not None
            assert last is not None
            assert last - first == timedelta(seconds=3600)


def test_read_time_keeps_what_was_sent() -> None:
    assert read_time(" 22222-01-01 ", now=NOW).raw == " 22222-01-01 "
    assert read_time("a\x00b", now=NOW).raw == "a\ufffdb"
    assert len(read_time("x" * 1000, now=NOW).raw) == 100


def test_write_time_when_other_zone_then_utc_with_milliseconds() -> None:
    at = datetime(2026, 3, 9, 9, 0, 0, 123999, tzinfo=timezone(timedelta(hours=1)))
    assert write_time(at) == "2026-03-09T08:00:00.123Z"


@settings(deadline=None)
@given(st.text() | st.integers() | st.floats() | st.from_regex(r"\d{1,5}-\d\d?-\d\d?.*"))
def test_read_time_when_anything_then_no_error(value: Any) -> None:
    read = read_time(value, now=NOW)
    assert (read.at is None) == bool({"time_missing", "time_unparsable"} & set(read.flags))


@settings(deadline=None)
@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_read_time_when_written_by_us_then_same_millisecond(at: datetime) -> None:
    assert read_time(write_time(at), now=NOW).at == at.replace(
        microsecond=at.microsecond // 1000 * 1000
    )
