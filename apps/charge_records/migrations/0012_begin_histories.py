from django.db import migrations

# What stood before begins its history as it is; later evaluations follow it.
BEGIN = """
INSERT INTO charge_records_evaluation (
    record_id, made_at, cause, actor_name, bdr_main, bdr_detail, findings, eka, error_class,
    energy_wh, configured_power_w
)
SELECT r.id, r.settled_at, 'earlier', '', r.bdr_main, r.bdr_detail, r.findings, r.eka,
    r.error_class, r.energy_wh, r.configured_power_w
FROM charge_records_chargerecord r
WHERE NOT EXISTS (SELECT 1 FROM charge_records_evaluation e WHERE e.record_id = r.id)
ORDER BY r.id
"""


class Migration(migrations.Migration):
    dependencies = [("charge_records", "0011_keep_evaluations")]

    # The rows go with their table.
    operations = [migrations.RunSQL(BEGIN, migrations.RunSQL.noop)]
