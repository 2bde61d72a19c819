"""Background work: a sign of life of the whole chain of beat, broker and worker."""

from django.utils import timezone

from apps.core.tasks import platform_task
from apps.help.services import health


@platform_task("help.report_health")
def report_health() -> None:
    """Report that a worker takes tasks."""
    health.report(now=timezone.now())
