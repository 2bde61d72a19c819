from django.db import migrations, models

MODES = [
    (2, "2: AC, household socket"),
    (3, "3: AC, charging socket or cable"),
    (4, "4: DC"),
]


class Migration(migrations.Migration):
    dependencies = [("infrastructure", "0006_station_certificates")]

    operations = [
        migrations.AddField(
            model_name="chargepoint",
            name="charging_mode",
            field=models.PositiveSmallIntegerField(
                choices=MODES, default=3, verbose_name="charging mode"
            ),
        )
    ]
