"""Charging stations in the portal."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from apps.infrastructure.admin.lists import InfrastructureListAdmin
from apps.infrastructure.filters import (
    OnlineFilter,
    StationCertificateFilter,
    StationStatusFilter,
)
from apps.infrastructure.forms.commands import COMMAND_FORMS
from apps.infrastructure.forms.roots import ROOT_FORMS
from apps.infrastructure.models import ProductAssignment, Station
from apps.infrastructure.resources import STATION_COLUMNS
from apps.infrastructure.selectors import stations as selectors
from apps.infrastructure.selectors.charge_points import status_badge
from apps.infrastructure.services.master_data import save_station
from apps.infrastructure.services.moves import MAX_MOVED
from apps.infrastructure.views import certificates, security
from apps.infrastructure.views.assignments import ASSIGN
from apps.infrastructure.views.commands import dialog_view, send_view
from apps.infrastructure.views.moves import move_page
from apps.infrastructure.views.stations import EDIT, create_page, head, station_page
from apps.portal.pages import ListUrl, ObjectUrl
from apps.portal.scope import has_right
from apps.portal.site import portal_site

ID_HELP = _("Ids are not changed here. Ask the platform operator if one is wrong.")
CELL = "infrastructure/parts/cell.html"


@admin.register(Station, site=portal_site)
class StationAdmin(InfrastructureListAdmin):
    """List with connection and statuses; a page with tabs; creation by the service."""

    search = selectors.search_stations
    details = selectors.with_list_details
    columns = STATION_COLUMNS
    place = "infrastructure.station"
    file_name = "charging-stations"
    change_form_template = "infrastructure/station_form.html"
    list_display = [
        "station_column",
        "location",
        "connection_column",
        "status_column",
        "model_column",
        "firmware_column",
        "contact_column",
    ]
    list_filter = [
        "location", "state", OnlineFilter, "protocol", StationStatusFilter,
        StationCertificateFilter,
    ]  # fmt: skip
    search_fields = ["charge_box_id"]
    readonly_fields = ["charge_box_id", "station_id", "protocol"]
    fieldsets = [
        (
            _("Identification"),
            {"fields": ["charge_box_id", "station_id", "name"], "description": ID_HELP},
        ),
        (
            _("Master data"),
            {"fields": ["location", "state", "protocol", "manufacturer", "model", "is_public"]},
        ),
        (
            _("Address"),
            {"fields": ["street", "postal_code", "city", "country", "latitude", "longitude"]},
        ),
    ]

    actions = ["move_selected", "assign_selected"]

    @action(description=_("Move to another location"), permissions=["change"])
    def move_selected(self, request: HttpRequest, queryset: QuerySet[Station]) -> HttpResponse:
        """Ask where to; nothing moves before that is confirmed."""
        chosen = ",".join(str(pk) for pk in queryset.values_list("pk", flat=True)[:MAX_MOVED])
        move = f"admin:{self.url_name('move')}"
        return HttpResponseRedirect(f"{reverse(move)}?ids={chosen}")

    @action(description=_("Assign products"), permissions=["assign"])
    def assign_selected(self, request: HttpRequest, queryset: QuerySet[Station]) -> HttpResponse:
        """Ask which product and when; nothing is assigned before that is confirmed."""
        chosen = ",".join(str(pk) for pk in queryset.values_list("pk", flat=True)[:MAX_MOVED])
        return HttpResponseRedirect(f"{reverse(ASSIGN)}?ids={chosen}")

    def has_assign_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return has_right(request, ProductAssignment, "add")

    def list_urls(self) -> list[ListUrl]:
        return [
            *super().list_urls(),
            ListUrl("move", "move", move_page, "change", method="GET,POST"),
        ]

    @display(description=_("charging station"), ordering="charge_box_id")
    def station_column(self, station: Station) -> str:
        if not station.name:
            return station.charge_box_id
        return format_html('{}<span class="cy-sub">{}</span>', station.charge_box_id, station.name)

    @display(description=_("connection"), ordering="connection__is_online")
    def connection_column(self, station: Station) -> str:
        connection = getattr(station, "connection", None)
        online = connection is not None and connection.is_online
        since = connection and (connection.connected_at if online else connection.disconnected_at)
        return render_to_string(
            CELL, {"badges": [selectors.connection_badge(station)], "since": since}
        )

    @display(description=_("status"))
    def status_column(self, station: Station) -> str:
        badges = []
        for charge_point in station.charge_points.all():
            charge_point.station = station
            badges.append(status_badge(charge_point))
        return render_to_string(CELL, {"badges": badges})

    @display(description=_("model"), ordering="model")
    def model_column(self, station: Station) -> str:
        return format_html(
            '{}<span class="cy-sub">{}</span>',
            station.model or station.reported_model or "–",
            station.manufacturer or station.reported_vendor,
        )

    @display(description=_("firmware"), ordering="firmware_version")
    def firmware_column(self, station: Station) -> str:
        return format_html(
            '{}<span class="cy-sub">{}</span>',
            station.firmware_version or "–",
            station.get_protocol_display(),
        )

    @display(description=_("last communication"), ordering="connection__last_message_at")
    def contact_column(self, station: Station) -> str:
        connection = getattr(station, "connection", None)
        return render_to_string(
            CELL, {"moment": connection.last_message_at if connection else None, "is_time": True}
        )

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return create_page(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        station = self.get_object_or_404(request, unquote(object_id))
        if request.method != "POST" and request.GET.get("tab") != EDIT:
            return station_page(request, station)
        context = {**head(request, station, EDIT), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def save_model(self, request: HttpRequest, obj: Station, form: Any, change: bool) -> None:
        save_station(obj, now=timezone.now())

    def object_urls(self) -> list[ObjectUrl]:
        urls = []
        rights = {**dict.fromkeys(COMMAND_FORMS, "command"), **dict.fromkeys(ROOT_FORMS, "secure")}
        for name, form in {**COMMAND_FORMS, **ROOT_FORMS}.items():
            key, right = name.replace("-", "_"), rights[name]
            urls += [
                ObjectUrl(f"command/{name}", f"ask_{key}", dialog_view(form), right, "GET"),
                ObjectUrl(f"command/{name}/send", f"send_{key}", send_view(form), right),
            ]
        return [
            *urls,
            ObjectUrl("password", "ask_password", security.ask_password, "secure", "GET"),
            ObjectUrl("password/send", "send_password", security.send_password, "secure"),
            ObjectUrl("profile", "ask_profile", security.ask_profile, "secure", "GET"),
            ObjectUrl("profile/send", "send_profile", security.send_profile, "secure"),
            ObjectUrl("renewal", "ask_renewal", certificates.ask_renewal, "secure", "GET"),
            ObjectUrl("renewal/send", "send_renewal", certificates.send_renewal, "secure"),
            ObjectUrl(
                "certificate", "ask_certificate", certificates.ask_certificate, "secure", "GET"
            ),
            ObjectUrl(
                "certificate/send", "send_certificate", certificates.send_certificate, "secure"
            ),
        ]
