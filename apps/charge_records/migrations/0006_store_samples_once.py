"""Each meter value once, by the database; the new index finds a session's samples as well."""

from django.db import migrations, models

import apps.charge_records.models.samples

# Told twice under two message ids before the index was there: the first one stays.
DROP_COPIES = """
DELETE FROM charge_records_metersample WHERE id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER (
            PARTITION BY station_id, transaction_id, sampled_at, connector_number,
                measurand, phase, context, location, unit, raw_value
            ORDER BY id
        ) AS place FROM charge_records_metersample
    ) AS numbered WHERE place > 1
)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("charge_records", "0005_list_activations_by_station"),
    ]

    operations = [
        migrations.RunSQL(DROP_COPIES, migrations.RunSQL.noop, elidable=True),
        migrations.AddConstraint(
            model_name="metersample",
            constraint=models.UniqueConstraint(
                models.F("station_id"),
                models.F("transaction_id"),
                models.F("sampled_at"),
                models.F("connector_number"),
                apps.charge_records.models.samples.ContentHash(
                    models.F("measurand"),
                    models.F("phase"),
                    models.F("context"),
                    models.F("location"),
                    models.F("unit"),
                    models.F("raw_value"),
                ),
                name="sample_once",
                nulls_distinct=False,
            ),
        ),
        migrations.RemoveIndex(model_name="metersample", name="sample_by_session"),
    ]
