"""Activations and charge records in the portal; read only, whatever rights a group holds."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from apps.charge_records.forms.meters import MeterForm
from apps.charge_records.models import Activation, ChargeRecord
from apps.charge_records.services.meters import save_meter
from apps.charge_records.views import activations as activation_views
from apps.charge_records.views import checkbill as checkbill_views
from apps.charge_records.views import error_rate as rate_views
from apps.charge_records.views import evaluation as evaluation_views
from apps.charge_records.views import exports as export_views
from apps.charge_records.views import meters as meter_views
from apps.charge_records.views import record_list as list_views
from apps.charge_records.views import records as record_views
from apps.infrastructure.models import Meter
from apps.portal import list_columns, panels, saved_views
from apps.portal.admin import PortalModelAdmin, ReadOnlyModelAdmin
from apps.portal.file_exports import FileExports, Write
from apps.portal.list_columns import AddedColumn
from apps.portal.pages import ListUrl, ObjectUrl
from apps.portal.panels import Panel
from apps.portal.site import portal_site
from apps.portal.trail.wording import register_values


@admin.register(Activation, site=portal_site)
class ActivationAdmin(ReadOnlyModelAdmin):
    """The activation overview."""

    is_large = True

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return activation_views.activation_overview(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        activation = self.get_object_or_404(request, unquote(object_id))
        return activation_views.activation_page(request, activation)


@admin.register(ChargeRecord, site=portal_site)
class ChargeRecordAdmin(FileExports, ReadOnlyModelAdmin):
    """The list of charge records and one record's story."""

    is_large = True

    def export(self, request: HttpRequest, write: Write) -> HttpResponse:
        return export_views.export_records(request, write)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return list_views.record_list(request, self.export_links(request))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        record = self.get_object_or_404(request, unquote(object_id))
        return record_views.record_page(request, record)

    def list_urls(self) -> list[ListUrl]:
        return [
            *super().list_urls(),
            *checkbill_views.list_urls(),
            *evaluation_views.list_urls(),
        ]

    def object_urls(self) -> list[ObjectUrl]:
        return [*checkbill_views.object_urls(), *evaluation_views.object_urls()]


@admin.register(Meter, site=portal_site)
class MeterAdmin(PortalModelAdmin):
    """Master data of meters; what is saved lets sessions be verified once more."""

    form = MeterForm
    list_display = ("meter_number", "charge_point", "calibrated_to", "valid_from", "valid_to")
    list_select_related = ("charge_point",)
    list_filter = ("charge_point__station__location",)
    search_fields = ("meter_number", "charge_point__charge_port_id")
    ordering = ("charge_point", "-valid_from")

    def list_urls(self) -> list[ListUrl]:
        return [
            ListUrl("offered-key", "offered_key", meter_views.answer_offer, "change", method="POST")
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A meter stays with its charge point: its sessions are verified by it."""
        return ("charge_point",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Meter, form: Any, change: bool) -> None:
        save_meter(obj)


register_values("action", evaluation_views.ACTION_WORDS)

saved_views.register(list_views.LISTING)

RUNNING = "charge_records/parts/running_panel.html"
LAST = "charge_records/parts/last_records_panel.html"
VIEW_SESSIONS = "charge_records.view_chargingsession"
VIEW_RECORDS = "charge_records.view_chargerecord"

for place, running, last in (
    (
        "infrastructure.station",
        activation_views.running_on_station,
        record_views.last_on_station,
    ),
    (
        "infrastructure.charge_point",
        activation_views.running_on_charge_point,
        record_views.last_on_charge_point,
    ),
):
    panels.register(place, Panel("running", RUNNING, running, VIEW_SESSIONS, topic="activations"))
    panels.register(place, Panel("records", LAST, last, VIEW_RECORDS, topic="records"))

panels.register(
    "emaid.card",
    Panel(
        "activations",
        "charge_records/parts/card_panel.html",
        activation_views.last_with_card,
        "charge_records.view_activation",
    ),
)

panels.register(
    record_views.PLACE,
    Panel(
        "check",
        "charge_records/parts/check_panel.html",
        checkbill_views.check_panel,
        "charge_records.check_chargerecord",
    ),
)
panels.register(
    record_views.HEAD_PLACE,
    Panel(
        "judge",
        "charge_records/parts/judge_panel.html",
        evaluation_views.judge_panel,
        "charge_records.view_chargerecord",
    ),
)
panels.register(
    record_views.SIDE_PLACE,
    Panel(
        "history",
        "charge_records/parts/history_panel.html",
        evaluation_views.history_panel,
        "charge_records.view_chargerecord",
    ),
)
panels.register(
    "infrastructure.charge_point",
    Panel(
        "meters",
        "charge_records/parts/meters_panel.html",
        meter_views.meters_panel,
        "infrastructure.view_meter",
    ),
)

VIEW_TOTALS = "charge_records.view_dailytotal"

portal_site.add_page("error-rate/", rate_views.error_rate, name=rate_views.PAGE, right=VIEW_TOTALS)
for route, view, name in (
    ("export-csv", rate_views.export_csv, rate_views.CSV),
    ("export-xlsx", rate_views.export_xlsx, rate_views.XLSX),
):
    portal_site.add_page(f"error-rate/{route}/", view, name=name, right=rate_views.EXPORT)

for place, rate in (
    ("infrastructure.station", rate_views.usual_on_station),
    ("infrastructure.charge_point", rate_views.usual_on_charge_point),
):
    panels.register(
        place,
        Panel("rate", "charge_records/parts/rate_panel.html", rate, VIEW_TOTALS, topic="records"),
    )
    list_columns.register(
        place,
        AddedColumn("error_rate", _("error rate"), rate_views.CELLS[place], VIEW_TOTALS),
    )
