"""Products that the tenant booked, and the stations that have them (TEN-04)."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.infrastructure.choices import ASSIGNMENT_STATE_BADGES
from apps.infrastructure.filters import AssignmentStateFilter
from apps.infrastructure.models import ProductAssignment
from apps.infrastructure.selectors.assignments import bookings_in_use
from apps.infrastructure.services.assignments import change_period
from apps.infrastructure.views.assignments import ASSIGN, assign_page, station_assignments
from apps.portal import panels
from apps.portal.admin import PortalModelAdmin
from apps.portal.pages import ListUrl
from apps.portal.panels import Panel
from apps.portal.site import portal_site
from apps.tenants.selectors import current_tenant


@admin.register(ProductAssignment, site=portal_site)
class ProductAssignmentAdmin(PortalModelAdmin):
    """Assigned by a page of its own; here only the days change."""

    list_display = ["station", "product", "starts_on", "ends_on", "state_column"]
    list_filter = ["product", AssignmentStateFilter, "station__location"]
    list_select_related = ["station"]
    search_fields = ["station__charge_box_id", "station__name"]
    ordering = ["station__charge_box_id", "product"]
    fields = ["station", "product", "starts_on", "ends_on"]
    readonly_fields = ["station", "product"]
    list_before_template = "infrastructure/parts/bookings.html"

    def list_urls(self) -> list[ListUrl]:
        return [ListUrl("assign", "assign", assign_page, "add", method="GET,POST")]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse(ASSIGN))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        user: Any = request.user
        bookings = bookings_in_use(current_tenant(), user, timezone.localdate())
        return super().changelist_view(request, {"bookings": bookings, **(extra_context or {})})

    def save_model(
        self, request: HttpRequest, obj: ProductAssignment, form: Any, change: bool
    ) -> None:
        user: Any = request.user
        change_period(user, current_tenant(), obj, today=timezone.localdate())

    @display(description=_("state"))
    def state_column(self, assignment: ProductAssignment) -> str:
        badge = ASSIGNMENT_STATE_BADGES[assignment.state_on(timezone.localdate())]
        return render_to_string("infrastructure/parts/cell.html", {"badges": [badge]})


panels.register(
    "infrastructure.station.tab",
    Panel(
        "assignments",
        "infrastructure/parts/assignments_tab.html",
        station_assignments,
        "infrastructure.view_productassignment",
        title=_("Assignments"),
    ),
)
