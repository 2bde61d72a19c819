from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_signed_in_places_and_sign_on")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="reset_sent_at",
            field=models.DateTimeField(
                blank=True,
                editable=False,
                null=True,
                verbose_name="link for a new password sent at",
            ),
        )
    ]
