from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("infrastructure", "0004_command_labels")]

    operations = [
        migrations.AddField(
            model_name="chargepoint",
            name="is_under_calibration_law",
            field=models.BooleanField(
                blank=True,
                choices=[
                    (None, "By country and public key"),
                    (True, "Applies"),
                    (False, "Does not apply"),
                ],
                help_text="By rule it applies in Germany, where the meter has a public key or must.",
                null=True,
                verbose_name="calibration law",
            ),
        ),
    ]
