"""Files of the filtered charge records: at once, or as a job where there are many."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.domain.identity import RIGHT as IDENTITY
from apps.charge_records.columns import LIST_COLUMNS, exported
from apps.charge_records.filters import RecordFilterForm
from apps.charge_records.models import ChargeRecord
from apps.charge_records.resources import EMAID_COLUMNS, RECORD_COLUMNS
from apps.charge_records.selectors import records as selectors
from apps.jobs.domain.kinds import register
from apps.jobs.services.jobs import start
from apps.jobs.services.runs import Run
from apps.jobs.services.tables import Table, write_csv, write_xlsx
from apps.portal import exports
from apps.portal.exports import Column
from apps.portal.file_exports import Write

JOB = "charge_records.export"
EMAID_TAB = "emaid"
BY_TIME = ("-started_at", "-pk")
BY_CONTRACT = ("emaid", "started_at", "pk")
ENDINGS = {exports.csv_response: "csv", exports.xlsx_response: "xlsx"}
WRITERS = {"csv": write_csv, "xlsx": write_xlsx}


def table(request: HttpRequest, now: Any) -> Table:
    """Return what the person may export of what the list shows for the request's filter.

    The EMAID tab's file is in the order of EMAID, for people who may see whose they are.
    """
    rows = RecordFilterForm(request).apply(
        selectors.with_details(ChargeRecord.objects.visible_to(request.user, "export")), now
    )
    if request.GET.get("tab") != EMAID_TAB:
        return Table("charge-records", chosen(request, RECORD_COLUMNS), rows, BY_TIME)
    rows = rows.exclude(emaid="") if request.user.has_perm(IDENTITY) else rows.none()
    return Table("emaids", chosen(request, EMAID_COLUMNS), rows, BY_CONTRACT)


def chosen(request: HttpRequest, columns: list[Column]) -> list[Column]:
    """Return the columns that say what the address's columns of the list say; without any all."""
    shown = [name for name in request.GET.get("columns", "").split(",") if name in LIST_COLUMNS]
    ids = exported(shown)
    return [column for column in columns if column.id in ids] if shown else columns


def export_records(request: HttpRequest, write: Write) -> HttpResponse:
    """Return the filtered records as a file, or lead to the job that makes one of many.

    Raises TooManyJobs, NoRoomForFiles.
    """
    now, user = timezone.now(), request.user
    found = table(request, now)
    if found.rows.order_by()[: exports.MAX_ROWS + 1].count() <= exports.MAX_ROWS:
        return write(found.name, found.columns, exports.take(found.rows.order_by(*found.order)))
    parameters = {"query": request.GET.urlencode(), "ending": ENDINGS[write]}
    job = start(JOB, user, parameters, now=now)  # type: ignore[arg-type]
    messages.info(request, _("These are many records: the file is made in the background."))
    return HttpResponseRedirect(reverse("admin:jobs_job_change", args=[job.pk]))


def export_as_job(run: Run) -> dict[str, Any]:
    """Write the file for the filter as it was asked for, of the rows that the person sees now."""
    request = HttpRequest()
    request.method = "GET"
    request.GET = QueryDict(run.job.parameters["query"])  # type: ignore[assignment]
    request.user = run.user
    return WRITERS[run.job.parameters["ending"]](run, table(request, run.job.requested_at))


register(
    JOB, _("Export of charge records"), export_as_job, right="charge_records.export_chargerecord"
)
