"""The list of jobs, one job with its progress, calling it off and fetching its file."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError
from apps.jobs.models import Job
from apps.jobs.selectors import card, may_have_file
from apps.jobs.services import jobs
from apps.jobs.services.files import path_of
from apps.portal.keyset import keyset_page
from apps.portal.rendering import fragment_name, render_fragment, render_page

FILE_POLICY = "default-src 'none'; sandbox"


class FileOutOfReach(AppError):
    code = "file_out_of_reach"
    message = _("The file shows more than you may see by now. Start the job again.")


def job_list(request: HttpRequest) -> HttpResponse:
    """Show the jobs that the person sees, newest first."""
    rows = Job.objects.visible_to(request.user).select_related("requested_by")
    page = keyset_page(rows, "requested_at", before=request.GET.get("before", ""))
    context: dict[str, Any] = {
        "page": page,
        "cards": [card(job, request.user) for job in page.rows],
        "shows_people": any(job.requested_by_id != request.user.pk for job in page.rows),
    }
    if fragment_name(request) == "rows":
        return render_fragment(request, "jobs/parts/job_rows.html", context)
    return render_page(request, "jobs/job_list.html", context, title=_("Jobs"))


def job_page(request: HttpRequest, job: Job) -> HttpResponse:
    """Show one job; its panel alone where a page follows it."""
    context = {"card": card(job, request.user)}
    if fragment_name(request) == "progress":
        return render_fragment(request, "jobs/parts/progress.html", context)
    return render_page(request, "jobs/job.html", context, title=str(job), model=Job, row=job)


def cancel_job(request: HttpRequest, job: Job) -> HttpResponse:
    """Call the job off."""
    jobs.cancel(job, now=timezone.now())
    messages.success(request, _("The job is cancelled as soon as its work allows it."))
    return HttpResponseRedirect(reverse("admin:jobs_job_change", args=[job.pk]))


def job_file(request: HttpRequest, job: Job) -> Any:
    """Hand the file to the person it was made for. Raises FileOutOfReach, Http404."""
    user: Any = request.user
    if job.file_size is None:
        raise Http404
    if not may_have_file(job, user):
        raise FileOutOfReach
    try:
        content = path_of(job.run_key).open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(content, as_attachment=True, filename=job.file_name)
    response.headers["Content-Security-Policy"] = FILE_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
