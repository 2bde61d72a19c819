"""Background work of the outbox."""

from django.utils import timezone

from apps.core.tasks import platform_task, send, tenant_task
from apps.notifications.services import delivery
from apps.tenants.selectors import customer_schemas


@tenant_task("notifications.deliver")
def deliver(mail_id: int) -> None:
    """Send one mail."""
    delivery.deliver(mail_id, now=timezone.now())


@tenant_task("notifications.deliver_due")
def deliver_due() -> None:
    """Send what failed before or was never queued."""
    now = timezone.now()
    delivery.deliver_due(now=now)
    delivery.forget_old(now=now)


@platform_task("notifications.deliver_due_all")
def deliver_due_all() -> None:
    """Do so for every tenant and for the console."""
    for schema_name in ["public", *customer_schemas()]:
        send("notifications.deliver_due", schema_name, {})
