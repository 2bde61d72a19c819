"""The first page of the platform console: customers, chargers and gateways at a glance."""

from datetime import timedelta

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.portal.site import console_site
from apps.tenants.models import ChargeBoxRoute, GatewayProcess, Tenant

ALIVE = timedelta(seconds=45)
"""A gateway renews its sign of life every few seconds; after this it counts as gone."""

ROWS = 50


def overview(request: HttpRequest) -> HttpResponse:
    customers = Tenant.objects.customers()
    gateways = GatewayProcess.objects.filter(beat_at__gte=timezone.now() - ALIVE)
    tiles = [
        (_("Tenants"), customers.filter(is_suspended=False).count()),
        (_("Suspended"), customers.filter(is_suspended=True).count()),
        (_("Charging stations"), ChargeBoxRoute.objects.count()),
        (_("Gateways alive"), gateways.count()),
        (_("Open connections"), sum(gateways.values_list("connections", flat=True))),
    ]
    rows = customers.select_related("brand").prefetch_related("domains")
    rows = rows.annotate(stations=Count("charge_box_routes", distinct=True))
    context = {
        **console_site.each_context(request),
        "title": _("Overview"),
        "tiles": tiles,
        "tenants": rows.order_by("-created_at")[:ROWS],
        "port": request.get_port(),
        "scheme": request.scheme,
    }
    return TemplateResponse(request, "portal/console.html", context)


console_site.set_index(overview)
