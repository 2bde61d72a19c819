"""Count what is on record: each row gets its day, then the roll-ups are made of it.

Rows get their days a slice at a time, each in its own transaction, so that no lock is held for long
and a run that broke off goes on where it was.
"""

from django.db import migrations

SLICE = 50_000

BOUNDS = "SELECT min(id), max(id) FROM {table} WHERE counted_on IS NULL"
RECORDS = """
UPDATE charge_records_chargerecord r
SET counted_on = (LEAST(s.started_at, s.stop_received_at) AT TIME ZONE l.time_zone)::date
FROM charge_records_chargingsession s
JOIN infrastructure_station st ON st.id = s.station_id
JOIN accounts_location l ON l.id = st.location_id
WHERE s.id = r.session_id AND r.counted_on IS NULL AND r.id >= %s AND r.id < %s
"""
ACTIVATIONS = """
UPDATE charge_records_activation a
SET counted_on = COALESCE(r.counted_on, (b.began_at AT TIME ZONE l.time_zone)::date)
FROM charge_records_activation b
JOIN infrastructure_station st ON st.id = b.station_id
JOIN accounts_location l ON l.id = st.location_id
LEFT JOIN charge_records_chargerecord r ON r.session_id = b.session_id
WHERE b.id = a.id AND a.counted_on IS NULL AND a.id >= %s AND a.id < %s
    AND (r.id IS NOT NULL OR a.state IN ('failed', 'refused'))
"""
ERRORS = (
    *("no_charge_record", "canceled", "incomplete_record", "energy_implausible"),
    *("start_in_future", "negative_power", "negative_energy", "negative_duration"),
    *("power_implausible", "no_calibration_law_compliance", "others"),
)
TOTALS = f"""
INSERT INTO charge_records_dailytotal (station_id, charge_point_id, day, sessions,
    implausible_sessions, energy_wh, occupied_s, activations, authorization_failures,
    counted_errors, {", ".join(ERRORS)})
SELECT station_id, charge_point_id, counted_on, sum(sessions), sum(implausible), sum(energy_wh),
    sum(occupied_s), sum(activations), sum(refused), sum((error <> '')::int),
    {", ".join(f"sum((error = '{name}')::int)" for name in ERRORS)}
FROM (
    SELECT station_id, charge_point_id, counted_on,
        (bdr_main NOT IN ('error', 'exclusion'))::int AS sessions,
        (bdr_main IN ('error', 'exclusion'))::int AS implausible,
        CASE WHEN bdr_main IN ('error', 'exclusion') THEN 0 ELSE energy_wh END AS energy_wh,
        CASE WHEN bdr_main IN ('error', 'exclusion') THEN 0 ELSE duration_s END AS occupied_s,
        0 AS activations, 0 AS refused, '' AS error
    FROM charge_records_chargerecord WHERE counted_on IS NOT NULL
    UNION ALL
    SELECT station_id, charge_point_id, counted_on, 0, 0, 0, 0, (state <> 'refused')::int,
        (state = 'refused')::int,
        CASE WHEN state = 'refused' OR error_class = 'authorization_failed' THEN ''
            ELSE error_class END
    FROM charge_records_activation WHERE counted_on IS NOT NULL
) AS counted
GROUP BY station_id, charge_point_id, counted_on
"""
# Only what the chart of today needs, and the day before, whatever the zone.
HOURS = """
INSERT INTO charge_records_hourlytotal (station_id, charge_point_id, day, hour, sessions, energy_wh)
SELECT r.station_id, r.charge_point_id, r.counted_on,
    extract(hour FROM LEAST(s.started_at, s.stop_received_at) AT TIME ZONE l.time_zone) AS hour,
    count(*), sum(r.energy_wh)
FROM charge_records_chargerecord r
JOIN charge_records_chargingsession s ON s.id = r.session_id
JOIN infrastructure_station st ON st.id = s.station_id
JOIN accounts_location l ON l.id = st.location_id
WHERE r.counted_on >= current_date - 2 AND r.bdr_main NOT IN ('error', 'exclusion')
GROUP BY r.station_id, r.charge_point_id, r.counted_on, hour
"""


def give_days(apps, schema_editor):
    """Give each record and activation that is over the day on which it counts."""
    with schema_editor.connection.cursor() as cursor:
        for table, statement in (
            ("charge_records_chargerecord", RECORDS),
            ("charge_records_activation", ACTIVATIONS),
        ):
            cursor.execute(BOUNDS.format(table=table))
            first, last = cursor.fetchone()
            for begin in range(first or 0, (last or -1) + 1, SLICE):
                cursor.execute(statement, [begin, begin + SLICE])


def fill(apps, schema_editor):
    """Make the roll-ups; they were empty until now, or hold what a run that broke off left."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("TRUNCATE charge_records_dailytotal, charge_records_hourlytotal")
        cursor.execute(TOTALS)
        cursor.execute(HOURS)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("charge_records", "0013_count_by_charge_point")]

    # Backwards the columns and tables go, and with them what was filled in.
    operations = [
        migrations.RunPython(give_days, migrations.RunPython.noop),
        migrations.RunPython(fill, migrations.RunPython.noop, atomic=True),
    ]
