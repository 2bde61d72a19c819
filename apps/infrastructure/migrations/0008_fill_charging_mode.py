from django.db import migrations

from apps.infrastructure.domain.charging_modes import ChargingMode


def fill(apps, schema_editor):
    """Take the mode from what is known: current, and household sockets."""
    ChargePoint = apps.get_model("infrastructure", "ChargePoint")
    Connector = apps.get_model("infrastructure", "Connector")
    ChargePoint.objects.filter(current="dc").update(charging_mode=ChargingMode.DC)
    others = Connector.objects.exclude(connector_type="schuko").values("charge_point")
    sockets = Connector.objects.filter(connector_type="schuko").values("charge_point")
    points = ChargePoint.objects.filter(current="ac", pk__in=sockets)
    points.exclude(pk__in=others).update(charging_mode=ChargingMode.SOCKET)


class Migration(migrations.Migration):
    dependencies = [("infrastructure", "0007_charging_mode")]

    # Backwards the column goes, and with it what was filled in.
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
