"""Entries stay as they were written: the database refuses to change, delete or empty them.

Only the retention job deletes (`services.retention`): it names the moment up to which it does, and
even then nothing younger than a year goes.
"""

from django.db import migrations

STAYS = """
CREATE OR REPLACE FUNCTION public.audit_entries_stay() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    dropped_before text := current_setting('audit.dropped_before', true);
BEGIN
    IF TG_OP = 'DELETE' AND coalesce(dropped_before, '') <> ''
        AND OLD.happened_at < dropped_before::timestamptz
        AND OLD.happened_at < now() - interval '1 year'
    THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'entries of the audit trail stay as they are (% refused)', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_entries_stay BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION public.audit_entries_stay();
CREATE TRIGGER audit_entries_stay_together BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION public.audit_entries_stay();
"""
# The function serves all schemas; it may stay when one schema's triggers go.
UNDONE = """
DROP TRIGGER audit_entries_stay ON audit_entry;
DROP TRIGGER audit_entries_stay_together ON audit_entry;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunSQL(STAYS, UNDONE)]
