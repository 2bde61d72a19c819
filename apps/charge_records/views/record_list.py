"""The list of charge records: two tabs, as rows or as a graph, with totals of what is filtered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.domain.identity import RIGHT as IDENTITY
from apps.charge_records.choices import By, Show, Tab
from apps.charge_records.columns import LIST_COLUMNS, SHOWN_FIRST, in_order
from apps.charge_records.domain.periods import Period
from apps.charge_records.domain.statuses import IMPLAUSIBLE
from apps.charge_records.filters import RecordFilterForm
from apps.charge_records.models import ChargeRecord, DailyTotal
from apps.charge_records.selectors import graph as graphs
from apps.charge_records.selectors import records as selectors
from apps.charge_records.selectors.addresses import PLAUSIBLE
from apps.charge_records.views.records import record_row
from apps.core.time_limits import TookTooLong
from apps.portal import formats, saved_views
from apps.portal.keyset import keyset_page
from apps.portal.rendering import fragment_name, render_fragment, render_page
from apps.portal.saved_views import Listing

PAGE = "charge_records.chargerecord"
LISTING = Listing(PAGE, private=frozenset({"search", "emaid"}), private_right=IDENTITY)
DAYS_BY_DAY = 92
"""Longer periods are shown by month unless asked otherwise."""


@dataclass(frozen=True, slots=True)
class ShownBar:
    """A bar with its name and the address of the list behind it."""

    label: str
    sessions: int
    energy_wh: int
    url: str


def record_list(request: HttpRequest, exports: list[tuple[str, str]]) -> HttpResponse:
    """Show the records of the last 30 days, newest first, or what the address asks for."""
    if address := saved_views.first_address(request, PAGE):
        return HttpResponseRedirect(address)
    form = RecordFilterForm(request)
    rows = matching(request, form)
    name = fragment_name(request)
    if name == "totals":
        context: dict[str, Any] = {"totals": selectors.totals(rows)}
        return render_fragment(request, "charge_records/parts/totals.html", context)
    if name == "rows":
        context = rows_context(request, form, rows)
        return render_fragment(request, "charge_records/parts/record_rows.html", context)
    part = graph_context if form.is_graph else rows_context
    context = {**frame(request, form), "exports": exports, **part(request, form, rows)}
    return render_page(
        request, "charge_records/record_list.html", context, title=gettext_lazy("Charge records")
    )


def matching(request: HttpRequest, form: RecordFilterForm) -> QuerySet[Any]:
    """Return the records that the filter matches; none where its days are refused."""
    rows = ChargeRecord.objects.visible_to(request.user)
    return rows.none() if form.is_period_refused else form.apply(rows, timezone.now())


def frame(request: HttpRequest, form: RecordFilterForm) -> dict[str, Any]:
    """Return what stands above rows and graph alike."""
    tab = tab_of(form)
    shown = shown_columns(request, tab)
    return {
        "filters": form,
        "filter_count": form.active_count,
        "reset_url": f"?{kept(request, *form.presentation) or 'q='}",
        "tab": tab,
        "tabs": tabs(request, form),
        "shows": shows(request, form),
        "is_graph": form.is_graph,
        "page_name": PAGE,
        "columns": [LIST_COLUMNS[name] for name in shown],
        "shown_columns": shown,
        "all_columns": [LIST_COLUMNS[name] for name in in_order(tab)],
        "is_period_refused": form.is_period_refused,
    }


def tab_of(form: RecordFilterForm) -> Tab:
    return Tab.EMAID if form.is_emaid_tab else Tab.CHARGE_POINT


def tabs(request: HttpRequest, form: RecordFilterForm) -> list[dict[str, Any]]:
    """Return the tabs; the one by contract only for people who may see drivers."""
    offered = [Tab.CHARGE_POINT, Tab.EMAID] if form.sees_drivers else [Tab.CHARGE_POINT]
    if len(offered) == 1 and not form.is_emaid_tab:
        return []
    others = ("emaid", "provider", "before", "columns")
    return [
        {
            "label": tab.label,
            "url": changed(request, tab=tab.value, without=others),
            "is_open": tab is tab_of(form),
        }
        for tab in offered
    ]


def shows(request: HttpRequest, form: RecordFilterForm) -> list[dict[str, Any]]:
    icons = {Show.LIST: "table_rows", Show.GRAPH: "bar_chart"}
    return [
        {
            "label": show.label,
            "icon": icons[show],
            "url": changed(request, show=show.value, without=("before",)),
            "is_open": (show is Show.GRAPH) == form.is_graph,
        }
        for show in Show
    ]


def shown_columns(request: HttpRequest, tab: Tab) -> list[str]:
    """Return the ids of the columns that the address or the person's choice names.

    The start always stands there, for it leads to the record.
    """
    chosen = saved_views.shown_columns(request, PAGE, in_order(tab)) or SHOWN_FIRST[tab]
    return [name for name in in_order(tab) if name in {*chosen, "start"}]


def rows_context(
    request: HttpRequest, form: RecordFilterForm, rows: QuerySet[Any]
) -> dict[str, Any]:
    """Return a page of rows with their totals."""
    page = keyset_page(
        selectors.with_details(rows), "started_at", before=request.GET.get("before", "")
    )
    tab = tab_of(form)
    return {
        "page": page,
        "rows": [record_row(record) for record in page.rows],
        "columns": [LIST_COLUMNS[name] for name in shown_columns(request, tab)],
        "filter_count": form.active_count,
        "totals": selectors.quick_totals(rows),
        "totals_url": changed(request, fragment="totals", without=("before",)),
        "needs_identity": form.is_emaid_tab and not form.sees_drivers,
        "is_period_refused": form.is_period_refused,
        "reset_url": f"?{kept(request, *form.presentation) or 'q='}",
        "tab": tab,
    }


def graph_context(
    request: HttpRequest, form: RecordFilterForm, rows: QuerySet[Any]
) -> dict[str, Any]:
    """Return bars of the records; without any where there are too many to add up in time."""
    period = period_of(form)
    offered = kinds(period)
    asked = form.value("by")
    by = By(asked) if asked in offered else offered[0]
    context: dict[str, Any] = {
        "by": by,
        "kinds": [
            {
                "label": kind.label,
                "url": changed(request, by=kind.value, without=("before",)),
                "is_open": kind is by,
            }
            for kind in By
            if kind in offered
        ],
        "needs_identity": form.is_emaid_tab and not form.sees_drivers,
    }
    try:
        graph = graph_of(request, form, rows, by=by, period=period or today_only())
    except TookTooLong:
        return {**context, "is_too_much": True}
    bars = [shown_bar(request, form, by, bar) for bar in graph.bars]
    return {**context, "graph": graph, "bars": bars, "chart": chart_data(bars)}


def period_of(form: RecordFilterForm) -> Period | None:
    """Return the days of the filter; None: the last 24 hours."""
    today = timezone.localdate()
    first, last = form.days(today)
    return Period(first, max(last or today, first)) if first else None


def today_only() -> Period:
    today = timezone.localdate()
    return Period(today, today)


def graph_of(
    request: HttpRequest,
    form: RecordFilterForm,
    rows: QuerySet[Any],
    *,
    by: By,
    period: Period,
) -> graphs.Graph:
    """Return the graph, from the roll-up where that knows enough. Raises TookTooLong."""
    if by is not By.HOUR and form.is_rolled_up and not form.is_period_refused:
        totals = DailyTotal.objects.at_locations_of(request.user)
        totals = form.apply_to_totals(totals, timezone.now())
        return graphs.graph_of_totals(totals, by, period)
    left_out = () if form.judges_by_itself else IMPLAUSIBLE
    return graphs.graph_of_records(rows, by, period, left_out=left_out)


def kinds(period: Period | None) -> list[By]:
    """Return by what the period can be shown, the usual one first."""
    if period is None:
        return [By.HOUR, By.LOCATION]
    if period.days > graphs.MOST_DAYS:
        return [By.MONTH, By.HOUR, By.LOCATION]
    if period.days > DAYS_BY_DAY:
        return [By.MONTH, By.DAY, By.HOUR, By.LOCATION]
    return [By.DAY, By.HOUR, By.LOCATION]


def shown_bar(request: HttpRequest, form: RecordFilterForm, by: By, bar: graphs.Bar) -> ShownBar:
    """Return the bar with the address of exactly the records that it counts."""
    label, query = BARS[by](bar.key)
    query["counted"] = "on"
    if not form.judges_by_itself:
        query["main"] = PLAUSIBLE
    if "start" in query and (period := period_of(form)):
        query["period"] = ""
        query["start"] = max(query["start"], period.first.isoformat())
        query["end"] = min(query["end"], period.last.isoformat())
    url = changed(request, show=Show.LIST.value, without=("before", "by"), **query)
    return ShownBar(label, bar.sessions, bar.energy_wh, url)


def day_bar(day: date) -> tuple[str, dict[str, str]]:
    return formats.short_day(day), {"start": day.isoformat(), "end": day.isoformat()}


def month_bar(first: date) -> tuple[str, dict[str, str]]:
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return formats.month(first), {"start": first.isoformat(), "end": last.isoformat()}


def hour_bar(hour: int) -> tuple[str, dict[str, str]]:
    return f"{hour}:00", {"hour": str(hour)}


def location_bar(location: Any) -> tuple[str, dict[str, str]]:
    return str(location), {"location": str(location.pk)}


BARS = {
    By.DAY: day_bar,
    By.MONTH: month_bar,
    By.HOUR: hour_bar,
    By.LOCATION: location_bar,
}


def chart_data(bars: Sequence[ShownBar]) -> dict[str, Any]:
    """Return the bars for the browser; energy in kWh."""
    return {
        "labels": [bar.label for bar in bars],
        "energy_kwh": [bar.energy_wh / 1000 for bar in bars],
        "sessions": [bar.sessions for bar in bars],
        "urls": [bar.url for bar in bars],
        "titles": {"energy": _("Energy (kWh)"), "sessions": _("Sessions")},
        "locale": str(formats.active_locale()).replace("_", "-"),
    }


def changed(request: HttpRequest, *, without: Sequence[str] = (), **values: str) -> str:
    """Return the address's query with other values; empty ones and `without` are taken out."""
    query = request.GET.copy()
    for name in ("fragment", *without):
        query.pop(name, None)
    for name, value in values.items():
        query[name] = value
        if not value:
            del query[name]
    return f"?{query.urlencode()}"


def kept(request: HttpRequest, *names: str) -> str:
    """Return the parameters of these names that the address sets."""
    query = QueryDict(mutable=True)
    for name in names:
        if value := request.GET.get(name):
            query[name] = value
    return query.urlencode()
