"""Background work about people."""

from django.utils import timezone

from apps.accounts.services import notices
from apps.core.tasks import platform_task, send, tenant_task
from apps.tenants.selectors import customer_schemas


@tenant_task("accounts.handle_notices")
def handle_notices() -> None:
    """Send the mails of what was noted about e-mails."""
    notices.handle_notices(now=timezone.now())


@platform_task("accounts.handle_notices_all")
def handle_notices_all() -> None:
    """Do so for every tenant and for the console, in case a task was lost."""
    for schema_name in ["public", *customer_schemas()]:
        send("accounts.handle_notices", schema_name, {})
