"""Evaluating all records of a filter again: the page that asks, the job, and what it came to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.charge_records.choices import BDR_DETAIL_CHOICES, BDR_MAIN_BADGES
from apps.charge_records.domain.evaluation import Progress
from apps.charge_records.filters import RecordFilterForm
from apps.charge_records.models import ChargeRecord
from apps.charge_records.services.evaluation import (
    JOB_KIND,
    RECORDS_MAX,
    evaluate_next,
    start_evaluation,
)
from apps.jobs.models import Job
from apps.jobs.selectors import card
from apps.jobs.services.runs import Run
from apps.portal.rendering import fragment_name, render_fragment, render_page
from apps.portal.scope import get_row_or_404

PAGE = "admin:charge_records_chargerecord_evaluate_all"
RESULT = "charge_records/parts/evaluation_result.html"
BATCH = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """What a filter form reads of a request, for a job that has none."""

    GET: QueryDict
    user: Any


def evaluate_all(request: HttpRequest) -> HttpResponse:
    """Ask whether all records of the filter should be judged again, and start the job.

    `?job=`: show how far a job is and what it changed.
    """
    if "job" in request.GET:
        return job_page(request)
    now = timezone.now()
    number = matching(request, now)[: RECORDS_MAX + 1].count()
    if request.method == "POST" and "start" in request.POST and number:
        user: Any = request.user
        job = start_evaluation(user, request.GET.urlencode(), number=number, now=now)
        return HttpResponseRedirect(f"{reverse(PAGE)}?job={job.pk}")
    listing = reverse("admin:charge_records_chargerecord_changelist")
    context = {
        "number": number,
        "is_too_many": number > RECORDS_MAX,
        "records_max": RECORDS_MAX,
        "back_url": f"{listing}?{request.GET.urlencode()}",
    }
    return render_page(
        request,
        "charge_records/evaluate_all.html",
        context,
        title=_("Evaluate again"),
        model=ChargeRecord,
    )


def matching(asked: Any, now: datetime) -> QuerySet[Any]:
    """Return the records of the filter that the person may judge again."""
    return RecordFilterForm(asked).apply(
        ChargeRecord.objects.visible_to(asked.user, "evaluate"), now
    )


def evaluate_in_job(run: Run) -> dict[str, Any]:
    """Judge the records of the job's filter again, by their keys; a new run goes on where one died.

    Each record is a transaction of its own.
    """
    parameters = run.job.parameters
    asked = Asked(QueryDict(parameters["query"]), run.user)
    rows = matching(asked, datetime.fromisoformat(parameters["as_of"])).order_by("pk")
    progress = Progress.from_json(run.job.result)
    total = progress.done + rows.filter(pk__gt=progress.after).count()
    run.advance(progress.done, total)
    while batch := list(rows.filter(pk__gt=progress.after)[:BATCH]):
        for record in batch:
            progress = evaluate_next(run, record, progress, now=timezone.now())
            run.advance(progress.done, total)
    return progress.to_json()


def job_page(request: HttpRequest) -> HttpResponse:
    """Show a job of this kind; `fragment=result`: what it changed so far. A foreign one: 404."""
    jobs = Job.objects.visible_to(request.user).filter(kind=JOB_KIND)
    job = get_row_or_404(jobs.select_related("requested_by"), request.GET["job"])
    if job.requested_by_id != request.user.pk:
        raise Http404
    context = {
        "card": card(job, request.user),
        "progress": Progress.from_json(job.result),
        "changes": shown_changes(job.result),
    }
    if fragment_name(request) == "result":
        return render_fragment(request, RESULT, context)
    return render_page(
        request,
        "charge_records/evaluation_job.html",
        context,
        title=_("Evaluate again"),
        model=ChargeRecord,
    )


def shown_changes(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return how many records went from which status to which, the most frequent first."""
    titles = dict(BDR_DETAIL_CHOICES)
    changes = Progress.from_json(result).changes
    return [
        {
            "before": {"bdr": BDR_MAIN_BADGES[main], "detail": titles.get(detail, "")},
            "after": {"bdr": BDR_MAIN_BADGES[new_main], "detail": titles.get(new_detail, "")},
            "number": number,
        }
        for (main, detail, new_main, new_detail), number in sorted(
            changes.items(), key=lambda pair: -pair[1]
        )
    ]
