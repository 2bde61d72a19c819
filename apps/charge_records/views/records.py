"""Charge records: one record with its whole story, and the last ones of a station."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.charge_records.choices import (
    BDR_MAIN_BADGES,
    BDR_MAIN_SENTENCES,
    EKA_BADGES,
)
from apps.charge_records.domain.curves import Curve
from apps.charge_records.models import ChargeRecord
from apps.charge_records.selectors import overview
from apps.charge_records.selectors import records as selectors
from apps.infrastructure.models import ChargePoint, Station
from apps.portal import formats, panels
from apps.portal.rendering import fragment_name, render_page

PLACE = "charge_records.record"
HEAD_PLACE = "charge_records.record.head"
SIDE_PLACE = "charge_records.record.side"
LAST_RECORDS = 8


def record_row(record: ChargeRecord) -> dict[str, Any]:
    """Return a record with its badges, its mean power and the address of its page."""
    return {
        "record": record,
        "url": reverse("admin:charge_records_chargerecord_change", args=[record.pk]),
        "bdr": BDR_MAIN_BADGES.get(record.bdr_main),
        "eka": EKA_BADGES.get(record.eka),
        "mean_power_w": selectors.mean_power_w(record),
    }


def record_page(request: HttpRequest, record: ChargeRecord) -> HttpResponse:
    """Show one record: status with its reason, findings, way, session, curve, messages."""
    session = record.session
    activation = getattr(session, "activation", None)
    context = {
        **record_row(record),
        "session": session,
        "activation": activation,
        "steps": overview.steps(activation) if activation else [],
        "sentence": BDR_MAIN_SENTENCES.get(record.bdr_main, ""),
        "findings": selectors.findings(record.findings),
        "remarks": selectors.remarks(session.flags),
        "skew": selectors.clock_skew(session),
        "curve": curve_data(selectors.session_curve(session)),
        "panels": panels.render(PLACE, request, record, fragment_name(request)),
        "head_panels": panels.render(HEAD_PLACE, request, record),
        "side_panels": panels.render(SIDE_PLACE, request, record),
    }
    return render_page(
        request,
        "charge_records/record.html",
        context,
        title=_("Charge record"),
        model=ChargeRecord,
        row=record,
    )


def curve_data(curve: Curve) -> dict[str, Any] | None:
    """Return the curve for the browser: seconds, kW, kWh; None where there are no two readings."""
    if curve.is_empty:
        return None
    return {
        "times": [round(at.timestamp()) for at in curve.times],
        "power_kw": [None if value is None else float(value) / 1000 for value in curve.power_w],
        "energy_kwh": [None if value is None else float(value) / 1000 for value in curve.energy_wh],
        "is_power_computed": curve.is_power_computed,
        "labels": {
            "time": str(_("Time")),
            "power": str(_("Power (kW)")),
            "energy": str(_("Energy (kWh)")),
        },
        "locale": str(formats.active_locale()).replace("_", "-"),
        "time_zone": timezone.get_current_timezone_name(),
    }


def last_on_station(request: HttpRequest, station: Station) -> dict[str, Any]:
    """Return the newest records of a station, for its page."""
    return last_records(request, station.charge_records.all(), f"?station={station.pk}&period=12m")


def last_on_charge_point(request: HttpRequest, charge_point: ChargePoint) -> dict[str, Any]:
    """Return the newest records of a charge point, for its page."""
    rows = charge_point.charge_records.all()
    return last_records(request, rows, f"?point={charge_point.pk}&period=12m")


def last_records(request: HttpRequest, records: QuerySet[Any], query: str) -> dict[str, Any]:
    seen = records.seen_by(request.user)  # type: ignore[attr-defined]
    newest = selectors.with_details(seen).order_by("-started_at", "-pk")[:LAST_RECORDS]
    url = reverse("admin:charge_records_chargerecord_changelist")
    return {"records": [record_row(record) for record in newest], "all_url": f"{url}{query}"}
