"""Security events of a station: its own, and what we refused; the newest of each station stay."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from apps.core.live import publish
from apps.infrastructure.domain.security import EventSource, OwnEvent
from apps.infrastructure.models import SecurityEvent, Station

KEPT_PER_STATION = 200
# The same refusal from the same address within this time counts up one row.
SAME_WITHIN = timedelta(minutes=10)
DETAIL_MAX = 1000


@dataclass(frozen=True, slots=True)
class Refused:
    """`count` refusals of the same kind from one address, the last one at `at`."""

    station_id: int
    event: OwnEvent
    address: str
    detail: str
    at: datetime
    count: int = 1


def record_reported(
    station_id: int, *, event: str, detail: str, at: datetime | None, now: datetime
) -> None:
    """Keep an event that the station reported, with the station's own time where it sent one."""
    row = SecurityEvent(
        station_id=station_id,
        source=EventSource.STATION.value,
        type=event,
        detail=detail,
        occurred_at=at or now,
        received_at=now,
    )
    keep(row)


def record_own(station_id: int, event: OwnEvent, *, detail: str, now: datetime) -> None:
    """Keep something that was done here; `detail` says what and by whom."""
    row = SecurityEvent(
        station_id=station_id,
        source=EventSource.BACK_END.value,
        type=event.value,
        detail=detail[:DETAIL_MAX],
        occurred_at=now,
        received_at=now,
    )
    keep(row)


def record_refusals(refusals: Iterable[Refused]) -> None:
    """Keep what was refused at the socket; repetitions count up the row they repeat."""
    for refused in refusals:
        with transaction.atomic():
            if not Station.objects.filter(pk=refused.station_id).exists():
                continue
            if not count_up(refused):
                keep(
                    SecurityEvent(
                        station_id=refused.station_id,
                        source=EventSource.BACK_END.value,
                        type=refused.event.value,
                        detail=refused.detail[:DETAIL_MAX],
                        address=refused.address[:64],
                        occurred_at=refused.at,
                        received_at=refused.at,
                        count=refused.count,
                    )
                )


def count_up(refused: Refused) -> bool:
    """Add to the newest row of the same refusal; False where there is none of late."""
    same = SecurityEvent.objects.filter(
        station_id=refused.station_id,
        source=EventSource.BACK_END.value,
        type=refused.event.value,
        address=refused.address[:64],
        detail=refused.detail[:DETAIL_MAX],
        received_at__gt=refused.at - SAME_WITHIN,
    ).order_by("-received_at", "-pk")
    pk = same.values_list("pk", flat=True).first()
    if pk is None:
        return False
    SecurityEvent.objects.filter(pk=pk).update(
        count=F("count") + refused.count, received_at=refused.at
    )
    return True


@transaction.atomic
def keep(row: SecurityEvent) -> None:
    """Store the event, forget the station's oldest ones and tell its page."""
    row.save()
    events = SecurityEvent.objects.filter(station_id=row.station_id)
    newest = events.order_by("-received_at", "-pk").values("pk")[:KEPT_PER_STATION]
    events.exclude(pk__in=newest).delete()
    location_id = Station.objects.values_list("location_id", flat=True).get(pk=row.station_id)
    publish("security", location_id, [row.station_id])
