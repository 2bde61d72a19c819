"""Look-ups of people who are gone, and of objects by how their names begin, whatever the case."""

from django.db import migrations, models

BEGINNINGS = """
CREATE INDEX audit_by_beginning ON audit_entry (upper(object_name::text) text_pattern_ops)
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_entries_stay")]

    operations = [
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["actor_name", "-happened_at"], name="audit_by_name"),
        ),
        migrations.RunSQL(BEGINNINGS, "DROP INDEX audit_by_beginning"),
    ]
