"""What this room hangs on the page of a location: the stations that stand there."""

from typing import Any

from django.http import HttpRequest

from apps.accounts.models import Location
from apps.infrastructure.models import Station
from apps.portal import panels

SHOWN = 20
LOCATION = "accounts.location"


def stations_here(request: HttpRequest, location: Location) -> dict[str, Any]:
    """Return the first stations at the location and its parts, and how many there are."""
    user: Any = request.user
    parts = Location.with_parts([location.pk]).values("pk")
    stations = Station.objects.visible_to(user).filter(location__in=parts)
    rows = stations.select_related("location").order_by("charge_box_id")
    return {"stations": list(rows[:SHOWN]), "count": stations.count()}


panels.register(
    LOCATION,
    panels.Panel(
        "stations",
        "infrastructure/parts/location_panel.html",
        stations_here,
        "infrastructure.view_station",
    ),
)
