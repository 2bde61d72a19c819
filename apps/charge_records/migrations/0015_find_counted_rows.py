from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("charge_records", "0014_fill_totals")]

    operations = [
        migrations.AddIndex(
            model_name='activation',
            index=models.Index(fields=['counted_on'], name='activation_by_count'),
        ),
        migrations.AddIndex(
            model_name='activation',
            index=models.Index(condition=models.Q(('counted_on', None), ('state__in', ['failed', 'refused'])), fields=['began_at'], name='activation_uncounted'),
        ),
        migrations.AddIndex(
            model_name='chargerecord',
            index=models.Index(fields=['counted_on'], name='record_by_count'),
        ),
    ]
