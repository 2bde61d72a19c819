"""Two things that chargers of all tenants share: the bell for changed routes, the transaction ids."""

from django.db import migrations

BELL = """
CREATE FUNCTION public.ring_charge_box_routes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM pg_notify('charge_box_routes', upper(OLD.charge_box_id));
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM pg_notify('charge_box_routes', upper(NEW.charge_box_id));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER charge_box_routes_bell AFTER INSERT OR UPDATE OR DELETE
    ON public.tenants_chargeboxroute FOR EACH ROW EXECUTE FUNCTION public.ring_charge_box_routes();
"""
BELL_UNDONE = """
DROP TRIGGER charge_box_routes_bell ON public.tenants_chargeboxroute;
DROP FUNCTION public.ring_charge_box_routes();
"""
# OCPP 1.6 transaction ids are 32 bit integers; one sequence keeps them unique on the platform, so
# that an id of one charger never means anything at another.
IDS = "CREATE SEQUENCE public.transaction_ids AS integer MINVALUE 1"
IDS_UNDONE = "DROP SEQUENCE public.transaction_ids"


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [
        migrations.RunSQL(BELL, BELL_UNDONE),
        migrations.RunSQL(IDS, IDS_UNDONE),
    ]
