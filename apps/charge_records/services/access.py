"""May this medium charge here? The answer, and what is kept of it (ACL-03)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.charge_records.choices import Medium, Refusal
from apps.charge_records.domain.timing import CLOCK_TOLERANCE
from apps.charge_records.selectors.sessions import charging_with_card
from apps.emaid.models import Card
from apps.emaid.selectors import FoundBy, find_card
from apps.infrastructure.domain.statuses import StationState
from apps.infrastructure.models import ChargePoint, Connector, Station, StationCommand
from apps.vocabulary.answers import AuthorizationAnswer, AuthorizationStatus
from apps.vocabulary.commands import Command, CommandStatus

# From the operator's click to the start: the driver has yet to plug in.
REMOTE_START_LASTS = timedelta(minutes=15)
SENT = [CommandStatus.SENT.value, CommandStatus.ANSWERED.value]


@dataclass(frozen=True, slots=True)
class Place:
    """Where someone wants to charge; `charge_point` is None where the connector is not known."""

    station: Station
    charge_point: ChargePoint | None
    needs_card: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an idTag is worth at a place; `card` is the one it means, whatever the status."""

    status: AuthorizationStatus
    medium: Medium
    card: Card | None = None
    refusal: Refusal | None = None

    @property
    def is_accepted(self) -> bool:
        return self.status is AuthorizationStatus.ACCEPTED

    @property
    def emaid(self) -> str:
        return self.card.emaid if self.card else ""

    def answer(self) -> AuthorizationAnswer:
        """Return what the station is told."""
        expires_at = self.card.valid_until if self.card and self.is_accepted else None
        return AuthorizationAnswer(status=self.status, expires_at=expires_at)


def find_place(station_id: int, connector_number: int) -> Place:
    """Return the place of a connector. One query where master data know it.

    Connector 0 of a station with one charge point is that one; other unknown ones have none.
    """
    connector = (
        Connector.objects.select_related("charge_point", "station")
        .filter(station_id=station_id, number=connector_number)
        .first()
    )
    if connector is not None:
        point = connector.charge_point
        return Place(connector.station, point, point.authentication_required)
    place = find_station_place(station_id)
    return place if connector_number == 0 else Place(place.station, None, place.needs_card)


def find_station_place(station_id: int) -> Place:
    """Return the station as a whole: free only where every charge point is."""
    station = Station.objects.get(pk=station_id)
    points = list(ChargePoint.objects.filter(station_id=station_id))
    needs_card = not points or any(point.authentication_required for point in points)
    return Place(station, points[0] if len(points) == 1 else None, needs_card)


def judge(place: Place, id_tag: str, *, as_of: datetime) -> Verdict:
    """Return what the idTag is worth at the place then; sessions of the card are not looked at."""
    if place.station.state == StationState.PLANNED:
        return judge_card(id_tag, as_of=as_of, overruled_by=Refusal.NOT_IN_OPERATION)
    if not place.needs_card:
        return Verdict(status=AuthorizationStatus.ACCEPTED, medium=Medium.FREE)
    verdict = judge_card(id_tag, as_of=as_of)
    if verdict.card is None and is_started_by_us(place.station.pk, id_tag, as_of=as_of):
        return Verdict(status=AuthorizationStatus.ACCEPTED, medium=Medium.REMOTE)
    return verdict


def judge_card(id_tag: str, *, as_of: datetime, overruled_by: Refusal | None = None) -> Verdict:
    """Return what the card is worth anywhere; `overruled_by`: refused for that in any case."""
    match = find_card(id_tag)
    card = match.card
    refusal = overruled_by or fault_of(card, as_of)
    if card is None:
        medium = Medium.UNKNOWN
    else:
        medium = Medium.EMAID if match.found_by is FoundBy.EMAID else Medium.RFID
    return Verdict(status=STATUS_OF[refusal], medium=medium, card=card, refusal=refusal)


def fault_of(card: Card | None, as_of: datetime) -> Refusal | None:
    if card is None:
        return Refusal.UNKNOWN_CARD
    if card.is_blocked:
        return Refusal.BLOCKED
    if card.valid_until is not None and card.valid_until <= as_of:
        return Refusal.EXPIRED
    return None


STATUS_OF: dict[Refusal | None, AuthorizationStatus] = {
    None: AuthorizationStatus.ACCEPTED,
    Refusal.UNKNOWN_CARD: AuthorizationStatus.INVALID,
    Refusal.BLOCKED: AuthorizationStatus.BLOCKED,
    Refusal.EXPIRED: AuthorizationStatus.EXPIRED,
    Refusal.CONCURRENT: AuthorizationStatus.CONCURRENT_TX,
    Refusal.NOT_IN_OPERATION: AuthorizationStatus.INVALID,
}


def refuse_concurrent(verdict: Verdict) -> Verdict:
    """Return the verdict for a card that is charging elsewhere."""
    return Verdict(
        status=AuthorizationStatus.CONCURRENT_TX,
        medium=verdict.medium,
        card=verdict.card,
        refusal=Refusal.CONCURRENT,
    )


def is_charging_elsewhere(verdict: Verdict, place: Place, *, as_of: datetime) -> bool:
    """Tell whether the accepted card charges at another station."""
    if not verdict.is_accepted or verdict.card is None:
        return False
    sessions = charging_with_card(verdict.card, as_of=as_of)
    return sessions.exclude(station_id=place.station.pk).exists()


def is_started_by_us(station_id: int, id_tag: str, *, as_of: datetime) -> bool:
    """Tell whether this idTag came to the station with a remote start of ours."""
    return StationCommand.objects.filter(
        station_id=station_id,
        command=Command.REMOTE_START.value,
        status__in=SENT,
        requested_at__range=(as_of - REMOTE_START_LASTS, as_of + CLOCK_TOLERANCE),
        parameters__id_tag__iexact=id_tag,
    ).exists()
