from django.db import migrations

FORWARDS = """
CREATE INDEX record_by_card ON charge_records_chargerecord (upper(id_tag::text) text_pattern_ops);
CREATE INDEX record_by_emaid ON charge_records_chargerecord (upper(emaid::text) text_pattern_ops);
"""
BACKWARDS = "DROP INDEX record_by_card; DROP INDEX record_by_emaid;"


class Migration(migrations.Migration):
    dependencies = [("charge_records", "0006_store_samples_once")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
