from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0009_second_factor_for_everybody")]

    operations = [
        migrations.AlterField(
            model_name="host",
            name="is_primary",
            field=models.BooleanField(db_index=True, default=True, verbose_name="primary host"),
        )
    ]
