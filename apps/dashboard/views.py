"""The first page: what needs a look now, and how the last days went (CDR-09)."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Location
from apps.charge_records.selectors import overview
from apps.charge_records.selectors.addresses import (
    IMPLAUSIBLE_ONES,
    PLAUSIBLE,
    rates_behind,
    records_behind,
)
from apps.dashboard import selectors
from apps.infrastructure.choices import PLANNED_BADGE, PORTAL_STATUS_BADGES
from apps.infrastructure.selectors.charge_points import PLANNED
from apps.portal import formats
from apps.portal.rendering import fragment_name, render_fragment, render_page

VIEW_RECORDS = "charge_records.view_chargerecord"
VIEW_TOTALS = "charge_records.view_dailytotal"
SHOWN = (PLAUSIBLE, IMPLAUSIBLE_ONES)
CHART_TITLES = {
    selectors.TODAY: _("Energy by hour, today"),
    "7d": _("Energy by day over the last 7 days"),
    "30d": _("Energy by day over the last 30 days"),
    selectors.YEAR: _("Energy by month over the last 12 months"),
}

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
    """Return energy, sessions, occupancy and error rate by period, and the chosen one's chart."""
    user: Any = request.user
    today = timezone.localdate()
    name = chosen_period(request)
    counts = selectors.tile_counts(user, location)
    points = sum(counts.values()) - counts[PLANNED]
    rows = selectors.days(user, location, today=today)
    shown = selectors.figures(rows, charge_points=points, today=today)
    bars = selectors.bars(user, location, rows, name, today=today)
    return {
        "figures": [with_links(request, row, location) for row in shown],
        "periods": selectors.PERIODS,
        "chosen": name,
        "chart_title": CHART_TITLES[name],
        "chart": chart_data(bars, name),
        "has_chart": any(bar.sessions for bar in bars),
    }


def chosen_period(request: HttpRequest) -> str:
    """Return the name of the period whose chart is asked for."""
    name = request.GET.get("period", "")
    return name if name in selectors.PERIODS else selectors.USUAL


def with_links(
    request: HttpRequest, row: selectors.Figures, location: Location | None
) -> dict[str, Any]:
    """Return the figures of a period with the lists behind them, "" where they are not open."""
    place = location.pk if location else None
    may_look = request.user.has_perm(VIEW_RECORDS)
    may_rate = request.user.has_perm(VIEW_TOTALS)
    records = {status: records_behind(row.period, main=status, location=place) for status in SHOWN}
    return {
        "figures": row,
        "records": records[PLAUSIBLE] if may_look else "",
        "implausible": records[IMPLAUSIBLE_ONES] if may_look else "",
        "rates": rates_behind(row.period, location=place) if may_rate else "",
    }


def chart_data(bars: list[selectors.Bar], name: str) -> dict[str, Any]:
    """Return energy as bars and sessions as a line, for the browser."""
    return {
        "labels": [bar_label(bar.begin, name) for bar in bars],
        "bars": {
            "title": str(_("Energy (kWh)")),
            "values": [bar.energy_wh / 1000 for bar in bars],
        },
        "line": {"title": str(_("Sessions")), "values": [bar.sessions for bar in bars]},
        "locale": str(formats.active_locale()).replace("_", "-"),
    }


def bar_label(begin: Any, name: str) -> str:
    if name == selectors.TODAY:
        return f"{begin}:00"
    return formats.month(begin) if name == selectors.YEAR else formats.short_day(begin)


def system(request: HttpRequest, location: Location | None) -> dict[str, Any]:
    """Return how many stations are connected, and the lists of them."""
    user: Any = request.user
    url = f"{reverse('admin:infrastructure_station_changelist')}?state__exact=installed"
    suffix = f"&location__id__exact={location.pk}" if location else ""
    return {
        "connections": selectors.connections(user, location),
        "online_url": f"{url}&online=yes{suffix}",
        "offline_url": f"{url}&online=no{suffix}",
    }


def jobs(request: HttpRequest, location: Location | None) -> dict[str, Any]:
    """Return the jobs that wait or run."""
    return {"jobs": selectors.jobs(request.user)}  # type: ignore[arg-type]


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
    "system": system,
    "jobs": jobs,
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
