"""Background work of the gateway: presence of dead gateways, commands they left behind."""

from django.utils import timezone

from apps.core.tasks import platform_task, send, tenant_task
from apps.ocpp.dispatch import give_up_abandoned
from apps.ocpp.presence import forget_dead_gateways, sweep_stations
from apps.tenants.selectors import customer_schemas


@tenant_task("ocpp.sweep_stations")
def sweep_tenant() -> None:
    """Show what a dead gateway held as offline, and end the commands it had sent."""
    sweep_stations(now=timezone.now())
    give_up_abandoned(now=timezone.now())


@platform_task("ocpp.sweep_presence")
def sweep_presence() -> None:
    """Do so for every tenant."""
    for schema_name in customer_schemas():
        send("ocpp.sweep_stations", schema_name, {})
    forget_dead_gateways()
