"""The workers' report on the platform's health."""

from datetime import datetime

from apps.core.schemas import run_in_schema
from apps.help.models import HealthReport
from apps.help.selectors.health import overdue_mails
from apps.tenants.selectors import customer_schemas


def report(*, now: datetime) -> None:
    """Write that a worker runs, and how many mails of all tenants should have left long ago."""
    schemas = ["public", *customer_schemas()]
    overdue = sum(run_in_schema(name, overdue_mails, now) for name in schemas)
    HealthReport.objects.update_or_create(
        pk=1, defaults={"reported_at": now, "mails_overdue": overdue}
    )
