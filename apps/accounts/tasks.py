"""Background work about people."""

from django.utils import timezone

from apps.accounts.services import notices, places, support
from apps.core.tasks import platform_task, send, tenant_task
from apps.tenants.selectors import customer_schemas
from apps.tenants.services import archives, lifecycle


@tenant_task("accounts.handle_notices")
def handle_notices() -> None:
    """Send the mails of what was noted about e-mails."""
    now = timezone.now()
    notices.handle_notices(now=now)
    notices.forget_old(now=now)


@platform_task("accounts.handle_notices_all")
def handle_notices_all() -> None:
    """Do so for every tenant and for the console, in case a task was lost."""
    for schema_name in ["public", *customer_schemas()]:
        send("accounts.handle_notices", schema_name, {})


@tenant_task("accounts.drop_old_sessions")
def drop_old_sessions() -> None:
    """Delete the sessions whose time is over, and where they were."""
    places.drop_over(now=timezone.now())


@platform_task("accounts.drop_old_sessions_all")
def drop_old_sessions_all() -> None:
    """Do so for every tenant and for the console."""
    for schema_name in ["public", *customer_schemas()]:
        send("accounts.drop_old_sessions", schema_name, {})


@tenant_task("accounts.make_archive")
def make_archive(archive_id: int) -> None:
    """Write an archive of a tenant's data; queued from the console."""
    archives.make_archive(archive_id)


@platform_task("accounts.end_support")
def end_support() -> None:
    """End support accesses whose time is over."""
    support.end_overdue(now=timezone.now())


@platform_task("accounts.sweep_tenants")
def sweep_tenants() -> None:
    """Delete tenants whose waiting period is over, and archives that were kept long enough."""
    now = timezone.now()
    for tenant in lifecycle.due_for_deletion(now=now):
        lifecycle.delete_tenant(tenant, now=now)
    archives.drop_old_archives(now=now)
