"""Background work of the trail: old entries go, schema by schema."""

from django.utils import timezone

from apps.audit.services.retention import drop_old_entries
from apps.core.tasks import platform_task, send, tenant_task
from apps.tenants.selectors import customer_schemas


@tenant_task("audit.drop_old_entries")
def drop_old() -> None:
    drop_old_entries(now=timezone.now())


@platform_task("audit.drop_old_entries_all")
def drop_old_all() -> None:
    """Do so for every tenant and for the console."""
    for schema_name in ["public", *customer_schemas()]:
        send("audit.drop_old_entries", schema_name, {})
