"""Moving stations from one location to another: all of them or none, and written down."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Location, User
from apps.core.errors import AppError
from apps.infrastructure.models import Station
from apps.infrastructure.services.master_data import save_station

MAX_MOVED = 500


class NotYours(AppError):
    code = "not_yours"
    message = _("Some of the stations or the location are not there, or you may not change them.")


@transaction.atomic
def move_stations(
    actor: User, station_ids: Sequence[int], location: Location, *, now: datetime
) -> int:
    """Move the stations to the location; return how many had stood elsewhere.

    Sessions, records and the figures of days gone by go along.
    Raises NotYours when the actor may not change one of them, or does not see the location.
    """
    wanted = set(station_ids)
    allowed = Station.objects.visible_to(actor, "change").filter(pk__in=wanted)
    stations = list(
        Station.objects.select_for_update(of=("self",))
        .filter(pk__in=allowed.values("pk"))
        .select_related("location")
        .order_by("pk")
    )
    is_seen = Location.objects.visible_to(actor).filter(pk=location.pk).exists()
    if len(stations) != len(wanted) or not is_seen:
        raise NotYours
    moved = [station for station in stations if station.location_id != location.pk]
    for station in moved:
        station.location = location
        save_station(station, now=now)
    return len(moved)
