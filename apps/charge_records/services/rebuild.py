"""The roll-ups made anew from the rows behind them, for days that are wrong or were never counted.

What was kept step by step must be the same; a test tries that in any order of steps.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from django.db import connection, transaction

from apps.charge_records.domain.statuses import (
    COUNTED_ERROR_CLASSES,
    IMPLAUSIBLE,
    ActivationState,
    ErrorClass,
)
from apps.charge_records.models import (
    Activation,
    ChargeRecord,
    ChargingSession,
    DailyTotal,
    HourlyTotal,
)

# So many days in one transaction: nobody can count meanwhile.
DAYS_AT_ONCE = 31

ERRORS = [one.value for one in ErrorClass if one in COUNTED_ERROR_CLASSES]
LEFT_OUT = ", ".join(f"'{main.value}'" for main in sorted(IMPLAUSIBLE))
IS_PLAUSIBLE = f"r.bdr_main NOT IN ({LEFT_OUT})"
REFUSED = f"a.state = '{ActivationState.REFUSED.value}'"
IS_ERROR = f"NOT {REFUSED} AND a.error_class IN ({', '.join(repr(name) for name in ERRORS)})"
DAYS, HOURS = DailyTotal._meta.db_table, HourlyTotal._meta.db_table
RECORDS, SESSIONS = ChargeRecord._meta.db_table, ChargingSession._meta.db_table
ACTIVATIONS = Activation._meta.db_table
PLACES = (
    "JOIN infrastructure_station st ON st.id = {row}.station_id "
    "JOIN accounts_location l ON l.id = st.location_id"
)

# A record counts on the day on which its session began, an activation without one on its own.
COUNT_RECORDS = f"""
UPDATE {RECORDS} r
SET counted_on = (LEAST(s.started_at, s.stop_received_at) AT TIME ZONE l.time_zone)::date
FROM {SESSIONS} s {PLACES.format(row="s")}
WHERE s.id = r.session_id AND r.counted_on IS NULL
    AND (LEAST(s.started_at, s.stop_received_at) AT TIME ZONE l.time_zone)::date
        BETWEEN %(first)s AND %(last)s
"""  # noqa: S608 our own names
COUNT_FOLLOWERS = f"""
UPDATE {ACTIVATIONS} a SET counted_on = r.counted_on
FROM {RECORDS} r
WHERE r.session_id = a.session_id AND r.counted_on BETWEEN %(first)s AND %(last)s
    AND a.counted_on IS DISTINCT FROM r.counted_on
"""  # noqa: S608
COUNT_OTHERS = f"""
UPDATE {ACTIVATIONS} a SET counted_on = (b.began_at AT TIME ZONE l.time_zone)::date
FROM {ACTIVATIONS} b {PLACES.format(row="b")}
WHERE b.id = a.id AND a.counted_on IS NULL
    AND a.state IN ('{ActivationState.FAILED.value}', '{ActivationState.REFUSED.value}')
    AND (b.began_at AT TIME ZONE l.time_zone)::date BETWEEN %(first)s AND %(last)s
"""  # noqa: S608
LOCK = f"LOCK TABLE {DAYS}, {HOURS} IN SHARE ROW EXCLUSIVE MODE"
EMPTY_DAYS = f"DELETE FROM {DAYS} WHERE day BETWEEN %(first)s AND %(last)s"  # noqa: S608
EMPTY_HOURS = f"DELETE FROM {HOURS} WHERE day BETWEEN %(first)s AND %(last)s"  # noqa: S608
FILL_DAYS = f"""
INSERT INTO {DAYS} (station_id, charge_point_id, day, sessions, implausible_sessions, energy_wh,
    occupied_s, activations, authorization_failures, counted_errors, {", ".join(ERRORS)})
SELECT station_id, charge_point_id, counted_on, sum(sessions), sum(implausible), sum(energy_wh),
    sum(occupied_s), sum(activations), sum(refused), sum(errors),
    {", ".join(f"sum((error = '{name}')::int)" for name in ERRORS)}
FROM (
    SELECT r.station_id, r.charge_point_id, r.counted_on, ({IS_PLAUSIBLE})::int AS sessions,
        (NOT {IS_PLAUSIBLE})::int AS implausible,
        CASE WHEN {IS_PLAUSIBLE} THEN r.energy_wh ELSE 0 END AS energy_wh,
        CASE WHEN {IS_PLAUSIBLE} THEN r.duration_s ELSE 0 END AS occupied_s,
        0 AS activations, 0 AS refused, 0 AS errors, '' AS error
    FROM {RECORDS} r WHERE r.counted_on BETWEEN %(first)s AND %(last)s
    UNION ALL
    SELECT a.station_id, a.charge_point_id, a.counted_on, 0, 0, 0, 0, (NOT {REFUSED})::int,
        ({REFUSED})::int, ({IS_ERROR})::int, CASE WHEN {IS_ERROR} THEN a.error_class ELSE '' END
    FROM {ACTIVATIONS} a WHERE a.counted_on BETWEEN %(first)s AND %(last)s
) AS counted
GROUP BY station_id, charge_point_id, counted_on
"""  # noqa: S608
FILL_HOURS = f"""
INSERT INTO {HOURS} (station_id, charge_point_id, day, hour, sessions, energy_wh)
SELECT r.station_id, r.charge_point_id, r.counted_on,
    extract(hour FROM LEAST(s.started_at, s.stop_received_at) AT TIME ZONE l.time_zone) AS hour,
    count(*), sum(r.energy_wh)
FROM {RECORDS} r JOIN {SESSIONS} s ON s.id = r.session_id {PLACES.format(row="s")}
WHERE r.counted_on BETWEEN %(first)s AND %(last)s AND {IS_PLAUSIBLE}
GROUP BY r.station_id, r.charge_point_id, r.counted_on, hour
"""  # noqa: S608


def rebuild_totals(first: date, last: date) -> int:
    """Make the roll-ups of these days (both included) from records and activations.

    Return how many rows stand for them now. Rows that were never counted get their day first.
    Counting waits meanwhile, so many days at a time; what waits is added to what is made here.
    """
    return sum(rebuild_days(begin, end) for begin, end in slices(first, last))


def slices(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Yield first and last day of each slice."""
    begin = first
    while begin <= last:
        end = min(begin + timedelta(days=DAYS_AT_ONCE - 1), last)
        yield begin, end
        begin = end + timedelta(days=1)


@transaction.atomic
def rebuild_days(first: date, last: date) -> int:
    """Do so in one transaction; rows are changed before the roll-ups are locked, as always."""
    days = {"first": first, "last": last}
    with connection.cursor() as cursor:
        for statement in (COUNT_RECORDS, COUNT_FOLLOWERS, COUNT_OTHERS):
            cursor.execute(statement, days)
        cursor.execute(LOCK)
        for statement in (EMPTY_HOURS, FILL_HOURS, EMPTY_DAYS, FILL_DAYS):
            cursor.execute(statement, days)
        return int(cursor.rowcount)
