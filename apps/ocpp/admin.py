"""The message log in the portal, read only."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from apps.ocpp import views
from apps.ocpp.models import MessageExchange
from apps.portal import panels
from apps.portal.admin import ReadOnlyModelAdmin
from apps.portal.pages import ListUrl
from apps.portal.panels import Panel
from apps.portal.site import portal_site

VIEW = "ocpp.view_messageexchange"


@admin.register(MessageExchange, site=portal_site)
class MessageExchangeAdmin(ReadOnlyModelAdmin):
    """OCPP communication over all stations, and one message whole."""

    is_large = True

    def list_urls(self) -> list[ListUrl]:
        return [ListUrl("export-csv", "export_csv", views.export)]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return views.communication(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        exchange = self.get_object_or_404(request, unquote(object_id))
        return views.message_page(request, exchange)


panels.register(
    "infrastructure.station.tab",
    Panel(
        "messages",
        "ocpp/parts/station_tab.html",
        views.station_messages,
        VIEW,
        title=_("OCPP communication"),
    ),
)
panels.register(
    "charge_records.record",
    Panel("messages", "ocpp/parts/record_panel.html", views.record_messages, VIEW),
)
panels.register(
    "charge_records.activation",
    Panel(
        "messages",
        "ocpp/parts/activation_panel.html",
        views.activation_messages,
        VIEW,
        topic="activations",
    ),
)
