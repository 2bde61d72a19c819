"""Error rate of charge points, stations, locations and all together, the worst first (CDR-07)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.charge_records.choices import ERROR_CLASS_CHOICES
from apps.charge_records.domain.periods import Period
from apps.charge_records.domain.rates import ENOUGH, NO_TALLY, Compared, Level
from apps.charge_records.domain.statuses import ActivationState
from apps.charge_records.filters import ErrorRateFilterForm
from apps.charge_records.models import DailyTotal
from apps.charge_records.rate_columns import RATE_COLUMNS
from apps.charge_records.selectors import error_rate as selectors
from apps.charge_records.selectors.addresses import (
    ANY_ERROR,
    OVER,
    activations_behind,
    rates_behind,
)
from apps.charge_records.selectors.error_rate import Key, Place, Point
from apps.charge_records.views.explanations import anchor_of
from apps.infrastructure.models import ChargePoint, Station
from apps.portal import formats
from apps.portal.admin import ROWS_PER_PAGE
from apps.portal.exports import csv_response, take, xlsx_response
from apps.portal.file_exports import Write
from apps.portal.rendering import render_page

PAGE, CSV, XLSX = "error_rate", "error_rate_csv", "error_rate_xlsx"
VIEW_ACTIVATIONS = "charge_records.view_activation"
VIEW_RECORDS = "charge_records.view_chargerecord"
EXPLANATIONS = "admin:charge_records_chargerecord_explanations"
EXPORT = "charge_records.export_chargerecord"
LABELS = dict(ERROR_CLASS_CHOICES)
# A line in a row of the list, in the units of its drawing.
LINE_WIDTH, LINE_HEIGHT = 96, 20


@dataclass(frozen=True, slots=True)
class RateRow:
    """A place with its rate; addresses are "" where the person may not see what is behind."""

    name: str
    sub: str
    rate: Compared
    page: str = ""
    inside: str = ""
    errors: str = ""
    activations: str = ""
    line: str = ""


def error_rate(request: HttpRequest) -> HttpResponse:
    """Show the rate as a whole, its line, the errors that count, and a row for each place."""
    form = ErrorRateFilterForm(request)
    period = form.days(timezone.localdate())
    totals = form.apply(DailyTotal.objects.visible_to(request.user))
    level = form.chosen_level
    found = selectors.rates(totals, period, level, request.user)  # type: ignore[arg-type]
    page = Paginator(found, ROWS_PER_PAGE).get_page(request.GET.get("p"))
    overall = selectors.overall(totals, period)
    context = {
        "filters": form,
        "filter_count": form.active_count,
        "period": period,
        "overall": overall,
        "overall_links": links(request, form, period),
        "chart": chart_data(selectors.line(totals, period), period),
        "has_chart": overall.now.activations > 0,
        "classes": class_rows(request, form, totals, period),
        "rows": rate_rows(request, form, totals, period, list(page)),
        "page": page,
        "is_of_all": level is Level.ALL,
        "enough": ENOUGH,
        "exports": export_links(request),
    }
    return render_page(request, "charge_records/error_rate.html", context, title=_("Error rate"))


def rate_rows(
    request: HttpRequest,
    form: ErrorRateFilterForm,
    totals: QuerySet[Any],
    period: Period,
    found: Sequence[tuple[Key, Compared]],
) -> list[RateRow]:
    """Return the rows of one page, each with its line and the ways to what is behind it."""
    level, keys = form.chosen_level, [key for key, _rate in found]
    places = selectors.places(keys, level)
    drawn = selectors.lines(totals, period, level, keys, request.user)  # type: ignore[arg-type]
    highest = max((share for line in drawn.values() for share in line if share), default=None)
    rows = []
    for key, rate in found:
        place = places[key]
        name, sub = wording(place)
        behind = links(request, form, period, place)
        rows.append(
            RateRow(
                name=name,
                sub=sub,
                rate=rate,
                page=page_of(request, place),
                inside=inside(form, period, place),
                errors=behind["errors"],
                activations=behind["activations"],
                line=svg_path(drawn[key], highest),
            )
        )
    return rows


def wording(place: Place) -> tuple[str, str]:
    """Return the name of a place and what stands below it."""
    if place.location is None:
        return str(_("All together")), ""
    if place.station is None:
        return str(place.location), ""
    if place.charge_point is not None:
        return str(place.charge_point), str(place.location)
    return str(place.station), str(place.location)


def page_of(request: HttpRequest, place: Place) -> str:
    """Return the address of the charge point's or station's page; "" where there is none."""
    row: ChargePoint | Station | None = place.charge_point or place.station
    if row is None:
        return ""
    model = row._meta.model_name
    if not request.user.has_perm(f"infrastructure.view_{model}"):
        return ""
    return reverse(f"admin:infrastructure_{model}_change", args=[row.pk])


def inside(form: ErrorRateFilterForm, period: Period, place: Place) -> str:
    """Return the address of the same figures one level deeper; "" at the bottom."""
    level = form.chosen_level
    if level is Level.LOCATIONS and place.location is not None:
        return rates_behind(period, level=Level.STATIONS.value, location=place.location.pk)
    if level is Level.STATIONS and place.station is not None:
        return rates_behind(period, level=Level.POINTS.value, station=place.station.pk)
    return ""


def links(
    request: HttpRequest, form: ErrorRateFilterForm, period: Period, place: Place | None = None
) -> dict[str, str]:
    """Return the addresses of the activations behind errors and activations of a place."""
    if not request.user.has_perm(VIEW_ACTIVATIONS):
        return {"errors": "", "activations": ""}
    filters = {**chosen(form), **(narrowing(form.chosen_level, place) if place else {})}
    return {
        "errors": activations_behind(period, state=OVER, problem=ANY_ERROR, **filters),
        "activations": activations_behind(period, state=OVER, **filters),
    }


def chosen(form: ErrorRateFilterForm) -> dict[str, Any]:
    """Return what the page itself is narrowed to."""
    location = form.value("location")
    return {"location": location.pk if location else None, "station": form.value("station")}


def narrowing(level: Level, place: Place) -> dict[str, Any]:
    """Return the filters of the activation overview that leave this place."""
    if level is Level.LOCATIONS and place.location is not None:
        return {"location": place.location.pk}
    if level is Level.STATIONS and place.station is not None:
        return {"station": place.station.pk}
    if place.charge_point is not None:
        return {"point": place.charge_point.pk}
    if place.station is not None:
        return {"station": place.station.pk, "unknown_point": "on"}
    return {}


def class_rows(
    request: HttpRequest, form: ErrorRateFilterForm, totals: QuerySet[Any], period: Period
) -> list[dict[str, Any]]:
    """Return the errors with their number, what to do, and the activations behind them."""
    may_look = request.user.has_perm(VIEW_ACTIVATIONS)
    explained = reverse(EXPLANATIONS) if request.user.has_perm(VIEW_RECORDS) else ""
    rows = []
    for count in selectors.classes(totals, period):
        filters = {**chosen(form), "state": OVER, "problem": count.error_class.value}
        if not count.is_counted:
            filters |= {"state": ActivationState.REFUSED.value, "problem": None}
        rows.append(
            {
                "label": LABELS[count.error_class.value],
                "number": count.number,
                "is_counted": count.is_counted,
                "explanation_url": explained and f"{explained}#{anchor_of(count.error_class)}",
                "url": activations_behind(period, **filters) if may_look and count.number else "",
            }
        )
    return rows


def chart_data(points: list[Point], period: Period) -> dict[str, Any]:
    """Return activations as bars and the rate as a line, for the browser."""
    return {
        "labels": [formats.short_day(point.begin) for point in points],
        "bars": {
            "title": str(_("Activations")),
            "values": [point.tally.activations for point in points],
        },
        "line": {
            "title": str(_("Error rate (%)")),
            "values": [
                None if point.tally.rate is None else float(point.tally.rate * 100)
                for point in points
            ],
        },
        "locale": str(formats.active_locale()).replace("_", "-"),
    }


def svg_path(shares: Sequence[Decimal | None], highest: Decimal | None) -> str:
    """Return the line as the path of a drawing; it has a gap where there was no data.

    A point without neighbours is drawn as a dash. `highest`: the share at the upper edge.
    """
    if highest is None or not shares:
        return ""
    step = LINE_WIDTH / max(len(shares) - 1, 1)
    parts, is_open = [], False
    for number, share in enumerate(shares):
        if share is None:
            is_open = False
            continue
        x, y = number * step, LINE_HEIGHT - 1 - float(share / highest) * (LINE_HEIGHT - 2)
        parts.append(f"L{x:.1f} {y:.1f}" if is_open else f"M{x:.1f} {y:.1f}h1")
        is_open = True
    return "".join(parts)


def export_links(request: HttpRequest) -> list[tuple[str, str]]:
    """Return label and address of the files that the person may have."""
    if not request.user.has_perm(EXPORT):
        return []
    return [(label, reverse(f"admin:{name}")) for label, name in (("CSV", CSV), ("XLSX", XLSX))]


def export_csv(request: HttpRequest) -> HttpResponse:
    return export(request, csv_response)


def export_xlsx(request: HttpRequest) -> HttpResponse:
    return export(request, xlsx_response)


def export(request: HttpRequest, write: Write) -> HttpResponse:
    """Return all rows that the page shows for the same filter as a file."""
    form = ErrorRateFilterForm(request)
    period = form.days(timezone.localdate())
    totals = form.apply(DailyTotal.objects.visible_to(request.user))
    level = form.chosen_level
    found = take(selectors.rates(totals, period, level, request.user))  # type: ignore[arg-type]
    places = selectors.places([key for key, _rate in found], level)
    rows = [(places[key], rate, period) for key, rate in found]
    return write("error-rate", RATE_COLUMNS, rows)


def usual_panel(request: HttpRequest, row: Station | ChargePoint, name: str) -> dict[str, Any]:
    """Return the rate of the last 30 days of a station or charge point, for its page."""
    today = timezone.localdate()
    found = selectors.usual_rates(request.user, name, [row.pk], today=today)  # type: ignore[arg-type]
    period = selectors.usual_period(today)
    filters = {"station" if name == "station" else "point": row.pk}
    may_look = request.user.has_perm(VIEW_ACTIVATIONS)
    errors = {"state": OVER, "problem": ANY_ERROR, **filters}
    return {
        "rate": found.get(row.pk, Compared(NO_TALLY)),
        "enough": ENOUGH,
        "errors_url": activations_behind(period, **errors) if may_look else "",
        "activations_url": activations_behind(period, state=OVER, **filters) if may_look else "",
    }


def usual_on_station(request: HttpRequest, station: Station) -> dict[str, Any]:
    return usual_panel(request, station, "station")


def usual_on_charge_point(request: HttpRequest, charge_point: ChargePoint) -> dict[str, Any]:
    return usual_panel(request, charge_point, "charge_point")


def usual_cells(name: str, request: HttpRequest, rows: Sequence[Any]) -> dict[int, SafeString]:
    """Return the cell of each row of a list of stations or charge points, in one query."""
    found = selectors.usual_rates(
        request.user,  # type: ignore[arg-type]
        name,
        [row.pk for row in rows],
        today=timezone.localdate(),
    )
    return {
        key: format_html(
            '<span class="cy-nowrap" title="{}">{}<span class="cy-sub">{}</span></span>',
            _("Last 30 days"),
            formats.percent(rate.now.rate),
            _("%(errors)s of %(number)s")
            % {"errors": rate.now.errors, "number": rate.now.activations},
        )
        for key, rate in found.items()
        if rate.now.activations
    }


CELLS = {
    "infrastructure.station": partial(usual_cells, "station"),
    "infrastructure.charge_point": partial(usual_cells, "charge_point"),
}
