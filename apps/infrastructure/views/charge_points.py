"""A charge point's page: big status with its reason, connectors, what other rooms hang on."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.infrastructure.models import ChargePoint
from apps.infrastructure.selectors import charge_points as points
from apps.infrastructure.selectors.assignments import GateState, station_gates
from apps.infrastructure.selectors.stations import connection_badge
from apps.infrastructure.services.commands import permitted
from apps.infrastructure.views.stations import EDIT, Tab, command_buttons
from apps.portal import panels
from apps.portal.rendering import fragment_name, render_fragment, render_page
from apps.tenants.domain.gates import Gate
from apps.tenants.selectors import current_tenant

PLACE = "infrastructure.charge_point"


def charge_point_page(request: HttpRequest, charge_point: ChargePoint) -> HttpResponse:
    """Show the charge point, or the fragment that the browser asks for."""
    fragment = fragment_name(request)
    context = head(request, charge_point)
    if fragment == "head":
        return render_fragment(request, "infrastructure/parts/charge_point_head.html", context)
    shown = panels.render(PLACE, request, charge_point, fragment)
    if fragment:
        return render_fragment(request, "infrastructure/parts/panels.html", {"panels": shown})
    return render_page(
        request,
        "infrastructure/charge_point.html",
        {**context, "panels": shown, "closed_gate": closed_gate(charge_point)},
        title=charge_point.charge_port_id,
        model=ChargePoint,
        row=charge_point,
    )


def closed_gate(charge_point: ChargePoint) -> GateState | None:
    """Return why no card can charge there for want of a product, None where cards can."""
    tenant = current_tenant()
    if not charge_point.authentication_required or not tenant.enforces_products:
        return None
    gates = station_gates(charge_point.station, tenant, timezone.localdate())
    return next(
        (gate for gate in gates if gate.gate is Gate.CARD_ACTIVATION and gate.missing), None
    )


def head(request: HttpRequest, charge_point: ChargePoint, tab: str = "overview") -> dict[str, Any]:
    """Return status, reason, connectors, commands and tabs."""
    station = charge_point.station
    connectors = list(charge_point.connectors.order_by("number"))
    query = f"?connector={connectors[0].number}" if connectors else ""
    url = reverse("admin:infrastructure_chargepoint_change", args=[charge_point.pk])
    titles = [("overview", _("Overview")), (EDIT, _("Quick config and master data"))]
    return {
        "row": charge_point,
        "charge_point": charge_point,
        "station": station,
        "connection": getattr(station, "connection", None),
        "connection_badge": connection_badge(station),
        "badge": points.status_badge(charge_point),
        "reason": points.status_reason(charge_point, connectors),
        "connectors": [
            (connector, points.connector_status_label(connector.status)) for connector in connectors
        ],
        "can_command": permitted(station, request.user),  # type: ignore[arg-type]
        "buttons": command_buttons(station, query),
        "tabs": [Tab(name, title, f"{url}?tab={name}", name == tab) for name, title in titles],
        "head_url": url,
    }
