from django.db import migrations, models

REFUSALS = [
    ("unknown_card", "The card is not known."),
    ("blocked", "The card is blocked."),
    ("expired", "The card has expired."),
    ("concurrent", "The card is charging elsewhere."),
    ("not_in_operation", "The charging station is not yet in operation."),
    (
        "not_assigned",
        "eOperate Professional is not assigned to the charging station. An admin can assign it.",
    ),
    (
        "not_booked",
        "eOperate Professional is not booked. Ask the platform operator to book it.",
    ),
]


class Migration(migrations.Migration):
    dependencies = [("charge_records", "0007_find_records_by_card")]

    operations = [
        migrations.AlterField(
            model_name="activation",
            name="refusal",
            field=models.CharField(
                blank=True, choices=REFUSALS, max_length=30, verbose_name="refusal"
            ),
        )
    ]
