"""Background work: the jobs themselves, and what looks after them."""

from django.utils import timezone

from apps.core.tasks import platform_task, send, tenant_task
from apps.jobs.services import runs, upkeep
from apps.tenants.selectors import customer_schemas


@tenant_task("jobs.run")
def run_job(job_id: int) -> None:
    """Do a job that waits."""
    runs.run(job_id)


@tenant_task("jobs.tend")
def tend() -> None:
    """Look after the tenant's jobs and their files."""
    upkeep.tend(now=timezone.now())


@platform_task("jobs.tend_all")
def tend_all() -> None:
    """Do so for every tenant."""
    for schema_name in customer_schemas():
        send("jobs.tend", schema_name, {})
