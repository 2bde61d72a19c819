"""May this medium charge here? The answer, and what is kept of it (ACL-03)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from apps.charge_records.choices import Medium, Refusal
from apps.charge_records.domain.timing import CLOCK_TOLERANCE
from apps.charge_records.remedies import ANSWER_OF
from apps.charge_records.selectors.sessions import ChargingPlace, charging_with_card
from apps.core.rows import read
from apps.emaid.models import Card
from apps.emaid.selectors import FoundBy, find_card
from apps.infrastructure.domain.statuses import StationState
from apps.infrastructure.models import ChargePoint, Connector, Station, StationCommand
from apps.infrastructure.selectors.gates import PRODUCTS, StationProducts, products_of
from apps.tenants.domain.gates import Gate, Remedy
from apps.vocabulary.answers import AuthorizationAnswer, AuthorizationStatus
from apps.vocabulary.commands import Command, CommandStatus

# From the operator's click to the start: the driver has yet to plug in.
REMOTE_START_LASTS = timedelta(minutes=15)
SENT = [CommandStatus.SENT.value, CommandStatus.ANSWERED.value]

CONNECTOR = f"""
SELECT s.location_id, s.state, {PRODUCTS}, p.id, p.authentication_required
FROM {Connector._meta.db_table} c
JOIN {Station._meta.db_table} s ON s.id = c.station_id
JOIN {ChargePoint._meta.db_table} p ON p.id = c.charge_point_id
WHERE c.station_id = %(station)s AND c.number = %(connector)s
"""  # noqa: S608 our own names; values travel as parameters
STATION = f"""
SELECT s.location_id, s.state, {PRODUCTS},
    CASE WHEN count(p.id) = 1 THEN min(p.id) END,
    COALESCE(bool_or(p.authentication_required), true)
FROM {Station._meta.db_table} s LEFT JOIN {ChargePoint._meta.db_table} p ON p.station_id = s.id
WHERE s.id = %(station)s
GROUP BY s.id
"""  # noqa: S608
# By the portal's button, or as a call written out (`manage.py ocpp_call`).
REMOTE_START = f"""
SELECT 1 FROM {StationCommand._meta.db_table}
WHERE station_id = %(station)s AND status = ANY(%(sent)s)
    AND requested_at BETWEEN %(since)s AND %(until)s
    AND UPPER(CASE
        WHEN command = '{Command.REMOTE_START.value}' THEN parameters ->> 'id_tag'
        WHEN command = '{Command.OCPP_CALL.value}'
            AND parameters ->> 'action' = 'RemoteStartTransaction'
        THEN parameters -> 'payload' ->> 'idTag'
    END) = UPPER(%(id_tag)s)
LIMIT 1
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Place:
    """Where someone wants to charge; `charge_point_id` is None where the connector is not known."""

    station_id: int
    location_id: int
    is_planned: bool
    products: StationProducts
    charge_point_id: int | None
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
    Raises Station.DoesNotExist.
    """
    rows = read(CONNECTOR, {"station": station_id, "connector": connector_number})
    if rows:
        return place_of(station_id, *rows[0])
    place = find_station_place(station_id)
    return place if connector_number == 0 else replace(place, charge_point_id=None)


def find_station_place(station_id: int) -> Place:
    """Return the station as a whole: free only where every charge point is.

    Raises Station.DoesNotExist.
    """
    rows = read(STATION, {"station": station_id})
    if not rows:
        raise Station.DoesNotExist(f"There is no station {station_id}.")
    return place_of(station_id, *rows[0])


def place_of(
    station_id: int,
    location_id: int,
    state: str,
    products: dict[str, Any] | None,
    charge_point_id: int | None,
    needs_card: bool,
) -> Place:
    """Return the place that a row of CONNECTOR or STATION tells of."""
    return Place(
        station_id,
        location_id,
        state == StationState.PLANNED,
        products_of(products),
        charge_point_id,
        needs_card,
    )


def judge(place: Place, id_tag: str, *, as_of: datetime) -> Verdict:
    """Return what the idTag is worth at the place then, whatever charges and whatever is booked."""
    if place.is_planned:
        return judge_card(id_tag, as_of=as_of, overruled_by=Refusal.NOT_IN_OPERATION)
    if not place.needs_card:
        return Verdict(status=AuthorizationStatus.ACCEPTED, medium=Medium.FREE)
    verdict = judge_card(id_tag, as_of=as_of)
    if verdict.card is None and is_started_by_us(place.station_id, id_tag, as_of=as_of):
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
    return Verdict(status=ANSWER_OF[refusal], medium=medium, card=card, refusal=refusal)


def fault_of(card: Card | None, as_of: datetime) -> Refusal | None:
    if card is None:
        return Refusal.UNKNOWN_CARD
    if card.is_blocked:
        return Refusal.BLOCKED
    if card.valid_until is not None and card.valid_until <= as_of:
        return Refusal.EXPIRED
    return None


def refuse(verdict: Verdict, refusal: Refusal) -> Verdict:
    """Return the verdict on the same card, refused for that."""
    return replace(verdict, status=ANSWER_OF[refusal], refusal=refusal)


def refuse_concurrent(verdict: Verdict) -> Verdict:
    """Return the verdict for a card that is charging elsewhere."""
    return refuse(verdict, Refusal.CONCURRENT)


def refuse_without_product(place: Place, verdict: Verdict, *, as_of: datetime) -> Verdict:
    """Return the verdict, refused where cards need a product that the station lacks (TEN-04).

    Whoever charges without a card, or by a remote start of the operator's own, needs none.
    """
    if not verdict.is_accepted or verdict.card is None:
        return verdict
    missing = place.products.missing(Gate.CARD_ACTIVATION, as_of=as_of)
    if not missing:
        return verdict
    is_booked = all(product.remedy is Remedy.ASSIGN for product in missing)
    return refuse(verdict, Refusal.NOT_ASSIGNED if is_booked else Refusal.NOT_BOOKED)


def running_sessions(verdict: Verdict, *, as_of: datetime) -> list[ChargingPlace]:
    """Return where the accepted card is charging."""
    if not verdict.is_accepted or verdict.card is None:
        return []
    return charging_with_card(verdict.card, as_of=as_of)


def is_started_by_us(station_id: int, id_tag: str, *, as_of: datetime) -> bool:
    """Tell whether this idTag came to the station with a remote start of ours."""
    values = {
        "station": station_id,
        "sent": SENT,
        "since": as_of - REMOTE_START_LASTS,
        "until": as_of + CLOCK_TOLERANCE,
        "id_tag": id_tag,
    }
    return bool(read(REMOTE_START, values))
