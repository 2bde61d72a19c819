"""The message log as the portal's pages show it; whoever calls starts from `visible_to`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.charge_records.models import Activation, ChargingSession
from apps.ocpp import wording
from apps.ocpp.models import MessageExchange
from apps.ocpp.models.exchanges import Direction, Outcome
from apps.portal.badges import BAD, GOOD, WARN, Badge

ROUTINE = ("Heartbeat", "MeterValues")
# A search reads the texts of at most so many of the newest messages that the other filters leave.
SEARCHED_AT_MOST = 5_000
AROUND_SESSION = timedelta(minutes=2)
SESSION_MESSAGES = 300
NAMING_CARD = ("Authorize", "StartTransaction")

OUTCOME_BADGES = {
    Outcome.RESULT.value: Badge(_("Answered"), "check_circle", GOOD),
    Outcome.ERROR.value: Badge(_("Error"), "error", BAD),
    Outcome.NONE.value: Badge(_("No answer"), "timer_off", WARN),
}
DIRECTION_ICONS = {
    Direction.FROM_STATION.value: "south_west",
    Direction.TO_STATION.value: "north_east",
}


@dataclass(frozen=True, slots=True)
class MessageRow:
    """An exchange with what its row shows; `latency_ms` None where no answer came."""

    exchange: MessageExchange
    icon: str
    direction: str | Promise
    sentence: str
    answer: str
    latency_ms: int | None
    badge: Badge


def with_details(exchanges: QuerySet[Any]) -> QuerySet[Any]:
    """Return the exchanges with station and location, in one query."""
    return exchanges.select_related("station", "station__location")


def message_row(exchange: MessageExchange) -> MessageRow:
    """Return what the row of an exchange shows."""
    latency = None
    if exchange.answered_at is not None:
        latency = round((exchange.answered_at - exchange.requested_at).total_seconds() * 1000)
    return MessageRow(
        exchange=exchange,
        icon=DIRECTION_ICONS.get(exchange.direction, "help"),
        direction=Direction(exchange.direction).label,
        sentence=wording.sentence(exchange.direction, exchange.action, exchange.request),
        answer=wording.answer_word(exchange.answer),
        latency_ms=latency,
        badge=OUTCOME_BADGES[exchange.outcome],
    )


def without_routine(exchanges: QuerySet[Any]) -> QuerySet[Any]:
    """Leave heartbeats and meter values out, unless they went wrong."""
    return exchanges.exclude(Q(action__in=ROUTINE) & Q(outcome=Outcome.RESULT.value))


def search_texts(exchanges: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Return those of the newest `SEARCHED_AT_MOST` exchanges that contain the text.

    Whoever may not see drivers searches no contents: a hit would tell of them.
    """
    newest = exchanges.order_by("-requested_at", "-pk").values("pk")[:SEARCHED_AT_MOST]
    found = Q(action__icontains=text) | Q(message_id=text)
    if not getattr(exchanges, "hides_identity", False):
        found |= Q(request__icontains=text) | Q(answer__icontains=text)
    return exchanges.filter(pk__in=newest).filter(found)


def session_messages(
    exchanges: QuerySet[Any], session: ChargingSession, *, until: datetime
) -> list[MessageExchange]:
    """Return what was said about a session, oldest first, at most 300 messages.

    By time of receipt (a station that was offline reports late), connector, card and transaction.
    `until`: the end of a session whose own end was not received.
    """
    end = session.stop_received_at or until
    rows = (
        exchanges.filter(
            station_id=session.station_id,
            requested_at__gte=session.start_received_at - AROUND_SESSION,
            requested_at__lte=end + AROUND_SESSION,
        )
        .exclude(action="Heartbeat")
        .order_by("requested_at", "pk")
    )
    return [row for row in rows[: SESSION_MESSAGES * 4] if is_about(row, session)][
        :SESSION_MESSAGES
    ]


def card_messages(exchanges: QuerySet[Any], activation: Activation) -> list[MessageExchange]:
    """Return what the station said of the card of an activation without a session, oldest first."""
    rows = exchanges.filter(
        station_id=activation.station_id,
        action__in=NAMING_CARD,
        requested_at__range=(
            activation.began_at - AROUND_SESSION,
            activation.changed_at + AROUND_SESSION,
        ),
    ).order_by("requested_at", "pk")
    return [row for row in rows[:SESSION_MESSAGES] if card_of(row) == activation.id_tag.upper()]


def card_of(exchange: MessageExchange) -> str:
    """Return the idTag that a message names, in capitals."""
    return str(wording.frame_payload(exchange.request).get("idTag", "")).upper()


def is_about(exchange: MessageExchange, session: ChargingSession) -> bool:
    """Tell whether a message names the session's transaction, connector or card."""
    payload = wording.frame_payload(exchange.request)
    if payload.get("transactionId") is not None:
        return bool(payload["transactionId"] == session.transaction_id)
    if payload.get("connectorId") is not None:
        return bool(payload["connectorId"] == session.connector_number)
    return card_of(exchange) == session.id_tag.upper()
