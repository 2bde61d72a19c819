"""CheckBill: chosen records checked end to end, step by step, with the files to check elsewhere."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.domain.identity import RIGHT as IDENTITY
from apps.charge_records.check_document import check_pdf, letterhead_of
from apps.charge_records.columns import LIST_COLUMNS, TO_CHECK
from apps.charge_records.domain.statuses import EkaStatus
from apps.charge_records.domain.transparency_container import write_parts
from apps.charge_records.filters import RecordFilterForm
from apps.charge_records.models import ChargeRecord
from apps.charge_records.selectors import checkbill as selectors
from apps.charge_records.selectors import records as record_selectors
from apps.charge_records.selectors.checkbill import ShownCheck
from apps.charge_records.services.check_links import create_link, revoke_link
from apps.charge_records.services.settlement import check_by_hand
from apps.charge_records.views.records import record_row
from apps.portal.branding import brand_of_request, name_of
from apps.portal.exports import attachment, record_export
from apps.portal.keyset import keyset_page
from apps.portal.pages import ListUrl, ObjectUrl
from apps.portal.rendering import render_page
from apps.tenants.selectors import legal_links

CHOSEN_MAX = 20
XML, TEXT, PDF = "application/xml", "text/plain; charset=utf-8", "application/pdf"


def list_urls() -> list[ListUrl]:
    """Return the pages beside the list of records."""
    return [
        ListUrl("checkbill", "checkbill", checkbill, action="check"),
        ListUrl("checkbill/xml", "checkbill_xml", chosen_xml, action="check"),
        ListUrl("checkbill/records", "checkbill_records", chosen_records, action="check"),
        ListUrl("checkbill/pdf", "checkbill_pdf", chosen_pdf, action="check"),
    ]


def object_urls() -> list[ObjectUrl]:
    """Return what one record's check can do."""
    return [
        ObjectUrl("check", "check", record_check, action="check", method="GET"),
        ObjectUrl("verify", "verify", verify_again, action="check"),
        ObjectUrl("check-link", "check_link", new_link, action="check"),
        ObjectUrl("check-link/revoke", "check_link_revoke", end_link, action="check"),
    ]


def checkbill(request: HttpRequest) -> HttpResponse:
    """Show the checks of the chosen records; without any the list to choose from."""
    if "record" in request.GET:
        return shown(request, chosen(request))
    form = RecordFilterForm(request)
    rows = ChargeRecord.objects.visible_to(request.user, "check")
    rows = rows.none() if form.is_period_refused else form.apply(rows, timezone.now())
    # Where calibration law does not apply there is nothing to check.
    rows = rows.exclude(eka=EkaStatus.IRRELEVANT.value)
    page = keyset_page(
        record_selectors.with_details(rows), "started_at", before=request.GET.get("before", "")
    )
    context = {
        "page": page,
        "rows": [{**record_row(record), "url": check_url(record)} for record in page.rows],
        "columns": [LIST_COLUMNS[name] for name in TO_CHECK],
        "is_period_refused": form.is_period_refused,
        "filters": form,
        "filter_count": form.active_count,
        "chosen_max": CHOSEN_MAX,
    }
    return render_page(
        request, "charge_records/checkbill_choose.html", context, title=_("CheckBill")
    )


def chosen(request: HttpRequest) -> list[ChargeRecord]:
    """Return the records named in the address that the person may check, oldest first."""
    keys = [key for key in request.GET.getlist("record") if key.isascii() and key.isdigit()]
    ids = [int(key) for key in keys[:CHOSEN_MAX] if len(key) < 19]
    rows = ChargeRecord.objects.visible_to(request.user, "check").filter(pk__in=ids)
    return list(record_selectors.with_details(rows).order_by("started_at", "pk"))


def checks_of(request: HttpRequest, records: list[ChargeRecord]) -> list[ShownCheck]:
    return selectors.shown_checks(records, shows_drivers=request.user.has_perm(IDENTITY))


def record_check(request: HttpRequest, record: ChargeRecord) -> HttpResponse:
    """Show one record's check."""
    return shown(request, [record])


def shown(request: HttpRequest, records: list[ChargeRecord], link: str = "") -> HttpResponse:
    """Show checks; `link`: the address of a new link for the driver, told once."""
    checks = checks_of(request, records)
    single = records[0] if len(records) == 1 else None
    query = "&".join(f"record={record.pk}" for record in records)
    base = "admin:charge_records_chargerecord"
    context: dict[str, Any] = {
        "checks": checks,
        "single": single,
        "links": selectors.open_links(single) if single else [],
        "new_link": link,
        "can_download": request.user.has_perm(IDENTITY) and any(check.signed for check in checks),
        "xml_url": f"{reverse(f'{base}_checkbill_xml')}?{query}",
        "records_url": f"{reverse(f'{base}_checkbill_records')}?{query}",
        "pdf_url": f"{reverse(f'{base}_checkbill_pdf')}?{query}",
        "choose_url": reverse(f"{base}_checkbill"),
    }
    return render_page(
        request,
        "charge_records/checkbill.html",
        context,
        title=_("CheckBill"),
        model=ChargeRecord,
        row=single,
    )


def verify_again(request: HttpRequest, record: ChargeRecord) -> HttpResponse:
    """Check the record once more; what came of it stands on the page."""
    decided = check_by_hand(record, request.user, now=timezone.now())
    if decided.eka == EkaStatus.VALID:
        messages.success(request, _("The record was checked: it is in line with calibration law."))
    else:
        messages.info(request, _("The record was checked. The steps below say what was found."))
    return to_check(record)


def to_check(record: ChargeRecord) -> HttpResponse:
    return HttpResponseRedirect(check_url(record))


def check_url(record: ChargeRecord) -> str:
    """Return the address of the record's check."""
    return reverse("admin:charge_records_chargerecord_check", args=[record.pk])


def new_link(request: HttpRequest, record: ChargeRecord) -> HttpResponse:
    """Make a link for the driver and show it, once. Raises TooManyLinks."""
    token = create_link(record, request.user, now=timezone.now())
    address = request.build_absolute_uri(reverse("driver_check", args=[token]))
    return shown(request, [record], link=address)


def end_link(request: HttpRequest, record: ChargeRecord) -> HttpResponse:
    """Revoke one of the record's links."""
    key = request.POST.get("link", "")
    if key.isascii() and key.isdigit() and len(key) < 19:
        revoke_link(record, int(key), request.user, now=timezone.now())
        messages.success(request, _("The link does not work any more."))
    return to_check(record)


def chosen_xml(request: HttpRequest) -> HttpResponse:
    """Return the file that the S.A.F.E. transparency software opens."""
    return downloaded(request, xml_of, "checkbill.xml", XML)


def chosen_records(request: HttpRequest) -> HttpResponse:
    """Return the signed records as the meters wrote them, one a line."""
    return downloaded(request, raw_of, "checkbill.txt", TEXT)


def chosen_pdf(request: HttpRequest) -> HttpResponse:
    """Return the checks as a PDF; what was signed names drivers and takes the right to see them."""
    checks = checks_of(request, chosen(request))
    if not checks:
        raise Http404
    with_records = request.user.has_perm(IDENTITY)
    record_export("checkbill.pdf", len(checks), ChargeRecord)
    return attachment(pdf_of(request, checks, with_records=with_records), "checkbill.pdf", PDF)


def downloaded(
    request: HttpRequest, make: Callable[[list[ShownCheck]], bytes], name: str, kind: str
) -> HttpResponse:
    """Return a file of the chosen checks; records name drivers, so it takes the right to."""
    if not request.user.has_perm(IDENTITY):
        raise PermissionDenied
    checks = checks_of(request, chosen(request))
    record_export(name, len(checks), ChargeRecord)
    return attachment(make(checks), name, kind)


def xml_of(checks: list[ShownCheck]) -> bytes:
    return write_parts(selectors.container_parts(checks))


def raw_of(checks: list[ShownCheck]) -> bytes:
    texts = [row.text for check in checks for row in check.signed]
    return "".join(f"{text}\n" for text in texts).encode("utf-8", "surrogatepass")


def pdf_of(request: HttpRequest, checks: list[ShownCheck], *, with_records: bool) -> bytes:
    """Return the checks on the paper of the host's tenant."""
    brand = brand_of_request(request)
    links = legal_links(brand, f"{request.scheme}://{request.get_host()}")
    letterhead = letterhead_of(brand, name_of(brand), links)
    return check_pdf(checks, letterhead, with_records=with_records, now=timezone.now())


def check_panel(request: HttpRequest, record: ChargeRecord) -> dict[str, Any] | None:
    """Return the chain of a record in short, for its page; nothing where the law does not apply."""
    if record.eka == EkaStatus.IRRELEVANT:
        return None
    [check] = checks_of(request, [record])
    return {"check": check}
