"""Products of stations: the page that assigns them, and the station's tab."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.core.errors import AppError
from apps.infrastructure.choices import ASSIGNMENT_STATE_BADGES
from apps.infrastructure.forms.assignments import AssignForm
from apps.infrastructure.models import ProductAssignment, Station
from apps.infrastructure.selectors.assignments import station_gates
from apps.infrastructure.services.assignments import Period, assign_product
from apps.portal.refusals import show_refusal
from apps.portal.rendering import render_page
from apps.tenants.selectors import current_tenant

LIST = "admin:infrastructure_productassignment_changelist"
ASSIGN = "admin:infrastructure_productassignment_assign"


def assign_page(request: HttpRequest) -> HttpResponse:
    """Show the chosen stations, ask for product and days, and assign."""
    user: Any = request.user
    tenant, today = current_tenant(), timezone.localdate()
    form = AssignForm(
        request.POST or None,
        initial={"ids": request.GET.get("ids", "")},
        user=user,
        tenant=tenant,
        today=today,
    )
    try:
        stations = form.stations()
    except ValidationError as error:
        raise Http404 from error
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        period = Period(values["starts_on"], values["ends_on"])
        try:
            number = assign_product(
                user, tenant, values["product"], values["ids"], period, today=today
            )
        except AppError as error:
            show_refusal(form, error)
        else:
            text = ngettext(
                "The product was assigned to %(number)s station.",
                "The product was assigned to %(number)s stations.",
                number,
            )
            messages.success(request, text % {"number": number})
            return HttpResponseRedirect(reverse(LIST))
    return render_page(
        request,
        "infrastructure/assign_products.html",
        {"form": form, "stations": stations},
        title=_("Assign products"),
        model=ProductAssignment,
    )


def station_assignments(request: HttpRequest, station: Station) -> dict[str, Any]:
    """Return the station's products and what they open, for its tab."""
    tenant, today = current_tenant(), timezone.localdate()
    rows = ProductAssignment.objects.visible_to(request.user).filter(station=station)  # type: ignore[arg-type]
    may_assign = request.user.has_perm("infrastructure.add_productassignment")
    return {
        "rows": [
            {"assignment": row, "badge": ASSIGNMENT_STATE_BADGES[row.state_on(today)]}
            for row in rows.order_by("product", "-starts_on", "-pk")
        ],
        "gates": station_gates(station, tenant, today),
        "is_enforced": tenant.enforces_products,
        "assign_url": f"{reverse(ASSIGN)}?ids={station.pk}" if may_assign else "",
    }
