"""Background work on the infrastructure."""

from django.utils import timezone

from apps.core.tasks import platform_task, send, tenant_task
from apps.infrastructure.services.commands import expire_commands
from apps.tenants.selectors import customer_schemas


@tenant_task("infrastructure.expire_commands")
def expire() -> None:
    """Give up commands that waited too long for their station."""
    expire_commands(now=timezone.now())


@platform_task("infrastructure.expire_commands_all")
def expire_all() -> None:
    """Do so for every tenant."""
    for schema_name in customer_schemas():
        send("infrastructure.expire_commands", schema_name, {})
