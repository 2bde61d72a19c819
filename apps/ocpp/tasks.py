"""Background work of the gateway: what dead gateways left behind, and the age of its log."""

from django.utils import timezone

from apps.core.tasks import platform_task, send, tenant_task
from apps.ocpp.dispatch import give_up_abandoned
from apps.ocpp.presence import forget_dead_gateways, sweep_stations
from apps.ocpp.retention import drop_old_messages
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


@tenant_task("ocpp.drop_old_messages")
def drop_old() -> None:
    """Let the tenant's old messages go."""
    drop_old_messages(now=timezone.now())


@platform_task("ocpp.drop_old_messages_all")
def drop_old_all() -> None:
    """Do so for every tenant."""
    for schema_name in customer_schemas():
        send("ocpp.drop_old_messages", schema_name, {})
