"""A file of all charge records by the job's code, and a bare COPY of the same rows beside it."""

import resource
import time
from typing import Any

from bench.records import PATIENCE_S

QUERY = "period=12m"


def rounds(email: str, number: int) -> list[dict[str, float]]:
    """Export that often as the person of the current schema. Times in s, `grown_kib` of memory at
    its highest, and how many rows went into the file and into the one beside it.
    """
    from apps.accounts.models import User

    user = User.objects.get(email=email)
    return [{**bare(user), **job(user)} for _ in range(number)]


def bare(user: Any) -> dict[str, float]:
    """Let PostgreSQL write the same columns of the same rows as they are, in one statement."""
    from django.db import connection
    from django.http import HttpRequest, QueryDict
    from django.utils import timezone

    from apps.charge_records.views.exports import table
    from apps.jobs.services.files import folder

    request = HttpRequest()
    request.GET, request.user = QueryDict(QUERY), user
    found = table(request, timezone.now())
    fields = [column.source for column in found.columns]
    rows = found.rows.order_by(*found.order).values_list(*fields)
    path = folder() / "bare"
    with (
        connection.cursor() as cursor,
        cursor.connection.within(PATIENCE_S),
        path.open("wb") as file,
    ):
        select = cursor.cursor.mogrify(*rows.query.sql_with_params()).decode()
        began = time.perf_counter()
        cursor.cursor.copy_expert(f"COPY ({select}) TO STDOUT (FORMAT csv)", file)
        took_s = time.perf_counter() - began
        written = cursor.cursor.rowcount
    path.unlink()
    return {"bare_s": took_s, "bare_rows": written}


def job(user: Any) -> dict[str, float]:
    """Do it as a worker does: claimed, told, with the person's rights, into the tenant's folder."""
    from django.utils import timezone

    from apps.charge_records.views.exports import JOB
    from apps.jobs.models import Job
    from apps.jobs.services import runs
    from apps.jobs.services.files import path_of

    now = timezone.now()
    row = Job.objects.create(
        kind=JOB,
        parameters={"query": QUERY, "ending": "csv"},
        requested_by=user,
        language="en",
        time_zone="Europe/Berlin",
        requested_at=now,
        queued_at=now,
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    runs.run(row.pk)
    took_s = time.perf_counter() - began
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    row.refresh_from_db()
    path = path_of(row.run_key)
    with path.open("rb") as file:
        lines = sum(1 for _line in file)
    path.unlink()
    return {"job_s": took_s, "rows": row.result["rows"], "lines": lines, "grown_kib": grown}
