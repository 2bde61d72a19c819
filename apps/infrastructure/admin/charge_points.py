"""Charge points in the portal."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.infrastructure.admin.lists import InfrastructureListAdmin
from apps.infrastructure.filters import ChargePointStatusFilter, StationOnlineFilter
from apps.infrastructure.models import ChargePoint
from apps.infrastructure.resources import CHARGE_POINT_COLUMNS
from apps.infrastructure.selectors import charge_points as selectors
from apps.infrastructure.services.master_data import save_charge_point
from apps.infrastructure.views.charge_points import charge_point_page, head
from apps.infrastructure.views.stations import EDIT
from apps.portal import formats
from apps.portal.site import portal_site

ID_HELP = _("Ids are not changed here. Ask the platform operator if one is wrong.")
MODE_HELP = _("The charging mode stays as it was set up. Ask the platform operator if it is wrong.")
CELL = "infrastructure/parts/cell.html"


@admin.register(ChargePoint, site=portal_site)
class ChargePointAdmin(InfrastructureListAdmin):
    """List by status; a page with the status in large and its reason; quick config as a form."""

    search = selectors.search_charge_points
    details = selectors.with_list_details
    columns = CHARGE_POINT_COLUMNS
    place = "infrastructure.charge_point"
    file_name = "charge-points"
    change_form_template = "infrastructure/station_form.html"
    list_display = [
        "port_column",
        "status_column",
        "reason_column",
        "location_column",
        "plug_column",
        "power_column",
        "evse_id",
        "contact_column",
    ]
    list_filter = [
        ChargePointStatusFilter,
        "station__location",
        StationOnlineFilter,
        "current",
        "authentication_required",
    ]
    search_fields = ["charge_port_id"]
    readonly_fields = ["charge_port_id", "station", "number", "charging_mode", "current"]
    fieldsets = [
        (_("Quick config"), {"fields": ["authentication_required", "max_power_w"]}),
        (
            _("Identification"),
            {
                "fields": ["charge_port_id", "station", "number", "evse_id", "ba_number"],
                "description": ID_HELP,
            },
        ),
        (
            _("Master data"),
            {
                "fields": [
                    *("charging_mode", "current", "voltage_v", "current_a", "phases"),
                    "is_under_calibration_law",
                ],
                "description": MODE_HELP,
            },
        ),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:  # type: ignore[override]
        """Charge points come with their station."""
        return False

    @display(description=_("charge port ID"), ordering="charge_port_id")
    def port_column(self, charge_point: ChargePoint) -> str:
        return charge_point.charge_port_id

    @display(description=_("status"), ordering="status")
    def status_column(self, charge_point: ChargePoint) -> str:
        return render_to_string(
            CELL,
            {
                "badges": [selectors.status_badge(charge_point)],
                "since": charge_point.status_since,
            },
        )

    @display(description=_("reason"))
    def reason_column(self, charge_point: ChargePoint) -> str:
        return selectors.status_reason(charge_point, list(charge_point.connectors.all()))

    @display(description=_("location"), ordering="station__location__name")
    def location_column(self, charge_point: ChargePoint) -> str:
        return format_html(
            '{}<span class="cy-sub">{}</span>',
            charge_point.station.location,
            charge_point.station.charge_box_id,
        )

    @display(description=_("connectors"))
    def plug_column(self, charge_point: ChargePoint) -> str:
        return ", ".join(
            str(connector.get_connector_type_display())
            for connector in charge_point.connectors.all()
        )

    @display(description=_("power"), ordering="max_power_w")
    def power_column(self, charge_point: ChargePoint) -> str:
        return format_html(
            '<span class="cy-nowrap">{}</span>', formats.power(charge_point.max_power_w)
        )

    @display(description=_("last communication"), ordering="station__connection__last_message_at")
    def contact_column(self, charge_point: ChargePoint) -> str:
        connection = getattr(charge_point.station, "connection", None)
        return render_to_string(
            CELL, {"moment": connection.last_message_at if connection else None, "is_time": True}
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        charge_point = self.get_object_or_404(request, unquote(object_id))
        if request.method != "POST" and request.GET.get("tab") != EDIT:
            return charge_point_page(request, charge_point)
        context = {**head(request, charge_point, EDIT), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def save_model(self, request: HttpRequest, obj: ChargePoint, form: Any, change: bool) -> None:
        save_charge_point(obj)
