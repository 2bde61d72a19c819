"""OCPP communication: over all stations, of one station, of one session, and one message whole."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.charge_records.models import Activation, ChargeRecord
from apps.infrastructure.models import Station
from apps.ocpp import selectors
from apps.ocpp.filters import MessageFilterForm
from apps.ocpp.models import MessageExchange
from apps.ocpp.resources import MESSAGE_COLUMNS
from apps.ocpp.wording import pretty
from apps.portal.exports import TooManyRows, csv_response, take
from apps.portal.keyset import keyset_page, newer_rows
from apps.portal.rendering import fragment_name, render_fragment, render_page

LIST = "admin:ocpp_messageexchange_changelist"
EXPORT = "admin:ocpp_messageexchange_export_csv"
# Messages are long; more of them do not fit into one file that opens everywhere.
EXPORTED_AT_MOST = 20_000
FILTERS_OF_STATION = ("location",)


def communication(request: HttpRequest) -> HttpResponse:
    """Show the messages of the last 24 hours; `fragment=newer`: rows that came after a cursor."""
    now = timezone.now()
    form = MessageFilterForm(request)
    rows = filtered(request, form, now)
    if fragment_name(request) == "newer":
        after = request.GET.get("after", "")
        newer = newer_rows(rows, "requested_at", after=after)
        context = {"rows": [selectors.message_row(row) for row in newer], "are_new": True}
        cursor = keyset_cursor(newer, after, now)
        return render_fragment(
            request, "ocpp/parts/newer.html", {**context, "newer_url": newer_url(request, cursor)}
        )
    return render_page(
        request,
        "ocpp/communication.html",
        {**list_context(request, form, now), "filters": form},
        title=_("OCPP communication"),
    )


def filtered(request: HttpRequest, form: MessageFilterForm, now: datetime) -> Any:
    return form.apply(selectors.with_details(MessageExchange.objects.visible_to(request.user)), now)


def list_context(
    request: HttpRequest, form: MessageFilterForm, now: datetime, **fixed: str
) -> dict[str, Any]:
    """Return a page of rows with its pager and the address of what comes next."""
    before = request.GET.get("before", "")
    page = keyset_page(filtered(request, form, now), "requested_at", before=before)
    return {
        "page": page,
        "rows": [selectors.message_row(row) for row in page.rows],
        "filter_count": form.active_count,
        "searched_at_most": selectors.SEARCHED_AT_MOST if form.value("search") else None,
        "newer_url": newer_url(request, page.newest or empty_cursor(now), **fixed),
        "export_url": f"{reverse(EXPORT)}?{query_of(request, **fixed)}",
    }


def empty_cursor(now: datetime) -> str:
    return f"{now.isoformat()}_0"


def keyset_cursor(newer: list[MessageExchange], after: str, now: datetime) -> str:
    if not newer:
        return after or empty_cursor(now)
    return f"{newer[0].requested_at.isoformat()}_{newer[0].pk}"


def query_of(request: HttpRequest, **changes: str) -> str:
    """Return the address's query without what belongs to one page of it."""
    parameters = request.GET.copy()
    for name in ("fragment", "after", "before", "tab"):
        parameters.pop(name, None)
    for name, value in changes.items():
        parameters[name] = value
    return parameters.urlencode()


def newer_url(request: HttpRequest, cursor: str, **fixed: str) -> str:
    return f"{reverse(LIST)}?{query_of(request, fragment='newer', after=cursor, **fixed)}"


def export(request: HttpRequest) -> HttpResponse:
    """Return the filtered log as CSV; a filter that leaves too many is sent back."""
    form = MessageFilterForm(request)
    rows = filtered(request, form, timezone.now()).order_by("-requested_at", "-pk")
    try:
        return csv_response("ocpp-messages", MESSAGE_COLUMNS, take(rows, EXPORTED_AT_MOST))
    except TooManyRows as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(f"{reverse(LIST)}?{query_of(request)}")


def message_page(request: HttpRequest, exchange: MessageExchange) -> HttpResponse:
    """Show one exchange as sent; `fragment=raw`: the two texts only."""
    context = {
        "entry": selectors.message_row(exchange),
        "request_text": pretty(exchange.request),
        "answer_text": pretty(exchange.answer) if exchange.answer else "",
    }
    if fragment_name(request) == "raw":
        return render_fragment(request, "ocpp/parts/raw.html", context)
    return render_page(
        request,
        "ocpp/message.html",
        context,
        title=exchange.action or _("OCPP message"),
        model=MessageExchange,
        row=exchange,
    )


def station_messages(request: HttpRequest, station: Station) -> dict[str, Any]:
    """Return the messages of a station with their filter, for its page."""
    form = MessageFilterForm(request, station=station.pk)
    for name in FILTERS_OF_STATION:
        form.fields.pop(name)
    context = list_context(request, form, timezone.now(), station=str(station.pk))
    return {**context, "filters": form, "tab_name": "messages", "reset_url": "?tab=messages"}


def record_messages(request: HttpRequest, record: ChargeRecord) -> dict[str, Any]:
    """Return the messages of a record's session, for its page."""
    exchanges = selectors.with_details(MessageExchange.objects.visible_to(request.user))
    found = selectors.session_messages(exchanges, record.session, until=record.settled_at)
    return {"rows": [selectors.message_row(row) for row in found]}


def activation_messages(request: HttpRequest, activation: Activation) -> dict[str, Any]:
    """Return the messages of an activation's session, else those that name its card."""
    exchanges = selectors.with_details(MessageExchange.objects.visible_to(request.user))
    if activation.session is None:
        found = selectors.card_messages(exchanges, activation)
    else:
        found = selectors.session_messages(exchanges, activation.session, until=timezone.now())
    return {"rows": [selectors.message_row(row) for row in found]}
