from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("charge_records", "0009_keep_signed_records")]

    operations = [
        migrations.AlterModelOptions(
            name="chargerecord",
            options={
                "ordering": ["-started_at", "-pk"],
                "permissions": [
                    ("export_chargerecord", "Can export charge records"),
                    ("check_chargerecord", "Can check charge records by calibration law"),
                ],
                "verbose_name": "charge record",
                "verbose_name_plural": "charge records",
            },
        ),
    ]
