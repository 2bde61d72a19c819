from django.db import migrations, models

HELP = (
    "Off: what a missing product closes is only shown. On: stations without eOperate Professional "
    "refuse RFID cards and EMAIDs."
)


class Migration(migrations.Migration):
    """An upgrade stops no charger: tenants that are there keep gates that only inform."""

    dependencies = [("tenants", "0005_support_archives_deletion")]

    operations = [
        migrations.AddField(
            model_name="tenant",
            name="enforces_products",
            field=models.BooleanField(
                default=False, help_text=HELP, verbose_name="products are enforced"
            ),
        ),
        migrations.AlterField(
            model_name="tenant",
            name="enforces_products",
            field=models.BooleanField(
                default=True, help_text=HELP, verbose_name="products are enforced"
            ),
        ),
    ]
