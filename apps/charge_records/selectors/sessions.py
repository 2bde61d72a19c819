"""Reading charging sessions."""

from datetime import datetime

from django.db.models import QuerySet
from django.db.models.functions import Upper

from apps.charge_records.domain.statuses import OPEN_SESSION_STATES, SessionState
from apps.charge_records.domain.timing import is_time_unreadable
from apps.charge_records.models import ChargingSession
from apps.emaid.models import Card
from apps.vocabulary.answers import AuthorizationStatus
from apps.vocabulary.events import TransactionStarted
from apps.vocabulary.identifiers import normalise_uid, reverse_uid


def find_start(station_id: int, event: TransactionStarted) -> ChargingSession | None:
    """Return the session that this start made, if it was received before (OCP-06).

    By content: connector, idTag whatever its case, instant, meter. Where no time was readable, an
    open session with the other three and no time either.
    """
    sessions = ChargingSession.objects.alias(key=Upper("id_tag")).filter(
        station_id=station_id,
        connector_number=event.connector,
        key=event.id_tag.upper(),
        meter_start_wh=event.meter_start_wh,
    )
    if not is_time_unreadable(event.flags):
        return sessions.filter(started_at=event.at).first()
    candidates = sessions.filter(state__in=list(OPEN_SESSION_STATES)).order_by("-pk")[:1]
    return next((session for session in candidates if is_time_unreadable(session.flags)), None)


def charging_with_card(card: Card, *, as_of: datetime) -> QuerySet[ChargingSession]:
    """Return the sessions that were accepted with the card before that time and still run."""
    keys = {card.tag.upper()}
    if uid := normalise_uid(card.tag):
        keys |= {uid, reverse_uid(uid)}
    if card.emaid:
        keys.add(card.emaid)
    return ChargingSession.objects.alias(key=Upper("id_tag")).filter(
        key__in=keys,
        state=SessionState.ACTIVE.value,
        authorization_status=AuthorizationStatus.ACCEPTED.value,
        start_received_at__lte=as_of,
    )


def find_session(station_id: int, transaction_id: int) -> ChargingSession | None:
    """Return the station's session of that transaction id."""
    return ChargingSession.objects.filter(
        station_id=station_id, transaction_id=transaction_id
    ).first()
