"""The first page: what needs a look now, and how the last days went (CDR-09)."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Location
from apps.charge_records.selectors import overview
from apps.dashboard import selectors
from apps.infrastructure.choices import PLANNED_BADGE, PORTAL_STATUS_BADGES
from apps.infrastructure.selectors.charge_points import PLANNED
from apps.portal import formats
from apps.portal.rendering import fragment_name, render_fragment, render_page

Part = Callable[[HttpRequest, Location | None], dict[str, Any]]


def tiles(request: HttpRequest, location: Location | None) -> dict[str, Any]:
    """Return a tile per status: number of charge points and the list that shows them."""
    url = reverse("admin:infrastructure_chargepoint_changelist")
    suffix = f"&station__location__id__exact={location.pk}" if location else ""
    counts = selectors.tile_counts(request.user, location)  # type: ignore[arg-type]
    badges = {**PORTAL_STATUS_BADGES, PLANNED: PLANNED_BADGE}
    return {
        "tiles": [
            {
                "status": name,
                "badge": badges[name],
                "number": number,
                "url": f"{url}?status={name}{suffix}",
            }
            for name, number in counts.items()
        ],
        "is_empty": not any(counts.values()),
    }


def figures(request: HttpRequest, location: Location | None) -> dict[str, Any]:
    """Return energy, sessions and error rate by period, and the chart's data."""
    today = timezone.localdate()
    rows = selectors.days(request.user, location, today=today)  # type: ignore[arg-type]
    chart = selectors.chart_days(rows, today=today)
    return {
        "figures": selectors.figures(rows, today=today),
        "chart": {
            "labels": [formats.short_day(row.day) for row in chart],
            "energy_kwh": [row.energy_wh / 1000 for row in chart],
            "sessions": [row.sessions for row in chart],
            "titles": {"energy": str(_("Energy (kWh)")), "sessions": str(_("Sessions"))},
            "locale": str(formats.active_locale()).replace("_", "-"),
        },
        "has_chart": any(row.sessions for row in chart),
    }


def running(request: HttpRequest, location: Location | None) -> dict[str, Any]:
    """Return the sessions that charge now."""
    now = timezone.now()
    user: Any = request.user
    rows = list(selectors.running(user, location)[: selectors.ROWS])
    return {
        "sessions": [
            {
                "session": row,
                "energy_wh": overview.energy_so_far(row),
                "duration_s": overview.duration_so_far(row, now=now),
            }
            for row in rows
        ],
        "running_count": selectors.running_count(user, location) if rows else 0,
    }


def faults(request: HttpRequest, location: Location | None) -> dict[str, Any]:
    """Return the connectors that report a fault."""
    return {"faults": selectors.faults(request.user, location)}  # type: ignore[arg-type]


def failed(request: HttpRequest, location: Location | None) -> dict[str, Any]:
    """Return the last activations that failed."""
    now = timezone.now()
    user: Any = request.user
    rows = selectors.failed_activations(user, location, now=now)
    return {"failed": [overview.activation_row(row, now=now) for row in rows]}


PARTS: dict[str, Part] = {
    "tiles": tiles,
    "figures": figures,
    "running": running,
    "faults": faults,
    "failed": failed,
}


def dashboard(request: HttpRequest) -> HttpResponse:
    """Show the first page, or one of its parts when the browser asks for it again."""
    locations = list(Location.objects.at_locations_of(request.user).order_by("name"))
    chosen = request.GET.get("location", "")
    location = next((row for row in locations if str(row.pk) == chosen), None)
    name = fragment_name(request)
    if name in PARTS:
        return render_fragment(
            request, f"dashboard/parts/{name}.html", PARTS[name](request, location)
        )
    context: dict[str, Any] = {"locations": locations, "location": location}
    for part in PARTS.values():
        context |= part(request, location)
    return render_page(request, "dashboard/index.html", context, title=_("Dashboard"))
