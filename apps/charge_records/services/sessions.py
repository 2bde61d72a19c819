"""Sessions as stations report them: one row per start, however often and late it is told (OCP-06).

They join the transaction of the gateway's unit. Rows are locked in one order: card, sessions by
key, activation.
"""

from datetime import datetime

from django.db import IntegrityError, transaction

from apps.charge_records.domain.statuses import OPEN_SESSION_STATES, ActivationState, SessionState
from apps.charge_records.domain.timing import effective_time
from apps.charge_records.models import Activation, ChargingSession
from apps.charge_records.selectors.sessions import ChargingPlace, find_start
from apps.charge_records.services.access import (
    Place,
    Verdict,
    find_place,
    judge,
    judge_card,
    refuse_concurrent,
    refuse_without_product,
    running_sessions,
)
from apps.charge_records.services.activations import TOPIC, advance, begin
from apps.charge_records.services.samples import store_samples
from apps.charge_records.services.totals import take_back
from apps.charge_records.services.unmatched import is_same_stop, keep_conflict, keep_unknown
from apps.core import rows
from apps.core.live import publish
from apps.core.tasks import enqueue
from apps.emaid.models import Card
from apps.infrastructure.models import Station
from apps.vocabulary.answers import (
    AuthorizationAnswer,
    AuthorizationStatus,
    StartAnswer,
    StopAnswer,
)
from apps.vocabulary.events import TransactionEnded, TransactionStarted

LOCK_CARD = f"SELECT 1 FROM {Card._meta.db_table} WHERE id = %(card)s FOR NO KEY UPDATE"  # noqa: S608
NEXT_ID = "SELECT nextval('public.transaction_ids')"
LOCK_OPEN = """
WHERE station_id = %(station)s AND connector_number = %(connector)s AND state = ANY(%(open)s)
ORDER BY id FOR UPDATE
"""
HANG = f"""
UPDATE {ChargingSession._meta.db_table} SET state = '{SessionState.HANGING.value}'
WHERE id = ANY(%(sessions)s) AND state = '{SessionState.ACTIVE.value}'
"""  # noqa: S608 our own names; values travel as parameters
LOCK_SESSION = """
WHERE station_id = %(station)s AND transaction_id = %(transaction)s FOR UPDATE
"""
ACTIVATIONS = Activation._meta.db_table
LOCK_ACTIVATION = f"""
SELECT {rows.columns(Activation)},
    (SELECT s.location_id FROM {Station._meta.db_table} s WHERE s.id = {ACTIVATIONS}.station_id)
FROM {ACTIVATIONS} WHERE session_id = %(session)s FOR UPDATE
"""  # noqa: S608
END_FIELDS = (
    *("state", "ended_at", "stop_received_at", "meter_stop_wh", "stop_reason", "stop_id_tag"),
    "flags",
)


@transaction.atomic(savepoint=False)
def start_session(station_id: int, event: TransactionStarted, *, now: datetime) -> StartAnswer:
    """Keep a start and answer it; the same start again gets the same id and the same status.

    The id is always positive, also for a refused start: the station may charge all the same.
    """
    repeated = find_start(station_id, event)
    if repeated is not None:
        return answer_again(repeated)
    place = find_place(station_id, event.connector)
    as_of = effective_time(event.at, now)
    verdict = judge_start(place, event, as_of=as_of)
    session = draft_session(place, event, verdict, now=now)
    superseded = supersede(session, as_of=as_of)
    winner = insert(session, event)
    if winner is not None:
        return answer_again(winner)
    if superseded:
        rows.write(HANG, {"sessions": superseded})
    begin(session, place, verdict, as_of=as_of)
    announce_superseded(superseded, place)
    return StartAnswer(transaction_id=session.transaction_id, authorization=verdict.answer())


def judge_start(place: Place, event: TransactionStarted, *, as_of: datetime) -> Verdict:
    """Return the verdict on the medium at the connector.

    A card that charges on another one is refused, and one that lacks a product of the station.
    """
    verdict = judge(place, event.id_tag, as_of=as_of)
    verdict = refuse_without_product(place, verdict, as_of=as_of)
    if verdict.is_accepted and verdict.card is not None:
        # Two starts with one card wait for each other here.
        rows.read(LOCK_CARD, {"card": verdict.card.pk})
    here = ChargingPlace(place.station_id, event.connector)
    is_elsewhere = any(one != here for one in running_sessions(verdict, as_of=as_of))
    return refuse_concurrent(verdict) if is_elsewhere else verdict


def draft_session(
    place: Place, event: TransactionStarted, verdict: Verdict, *, now: datetime
) -> ChargingSession:
    """Return the unsaved session with a new transaction id."""
    return ChargingSession(
        station_id=place.station_id,
        charge_point_id=place.charge_point_id,
        connector_number=event.connector,
        transaction_id=next_transaction_id(),
        id_tag=event.id_tag,
        state=SessionState.ACTIVE.value,
        authorization_status=verdict.status.value,
        started_at=event.at,
        start_received_at=now,
        meter_start_wh=event.meter_start_wh,
        reservation_id=event.reservation_id,
        flags=list(event.flags),
    )


def next_transaction_id() -> int:
    """Return an id that no other transaction of the platform has or had."""
    return int(rows.read(NEXT_ID, {})[0][0])


def supersede(session: ChargingSession, *, as_of: datetime) -> list[int]:
    """Lock the connector's open sessions; return those that began before this one.

    Their end is missing. Where one began later, this start comes late, out of order: then its own
    end is missing, and the running session stays untouched.
    """
    values = {
        "station": session.station_id,
        "connector": session.connector_number,
        "open": list(OPEN_SESSION_STATES),
    }
    superseded = []
    for other in rows.fetch(ChargingSession, LOCK_OPEN, values):
        if effective_time(other.started_at, other.start_received_at) > as_of:
            session.state = SessionState.HANGING.value
        elif other.state == SessionState.ACTIVE:
            superseded.append(other.pk)
    return superseded


def insert(session: ChargingSession, event: TransactionStarted) -> ChargingSession | None:
    """Insert the session; where another process was faster with the same start, return that row."""
    if rows.insert(session, "ON CONFLICT DO NOTHING"):
        return None
    winner = find_start(session.station_id, event)
    if winner is None:
        raise IntegrityError(f"Transaction {session.transaction_id} is there already.")
    return winner


def answer_again(session: ChargingSession) -> StartAnswer:
    """Return what the start was answered."""
    status = AuthorizationStatus(session.authorization_status)
    return StartAnswer(
        transaction_id=session.transaction_id, authorization=AuthorizationAnswer(status=status)
    )


def announce_superseded(session_ids: list[int], place: Place) -> None:
    if session_ids:
        activations = Activation.objects.filter(session_id__in=session_ids)
        publish(TOPIC, place.location_id, activations.values_list("pk", flat=True))


@transaction.atomic(savepoint=False)
def end_session(station_id: int, event: TransactionEnded, *, now: datetime) -> StopAnswer:
    """End the station's session of that id; always answered, never an error.

    The first end counts. Other ends of the same session, and those of ids that are not the
    station's (unknown, 0, -1, another's), are kept aside.
    """
    session = lock_session(station_id, event.transaction_id)
    if session is None:
        keep_unknown(station_id, event, now=now)
        return answer_stop(None, event, now=now)
    if session.state == SessionState.ENDED:
        if not is_same_stop(session, event):
            keep_conflict(session, event, now=now)
        return answer_stop(session, event, now=now)
    write_end(session, event, now=now)
    store_samples(session, event.samples, now=now)
    end_activation(session)
    enqueue("charge_records.settle", session_id=session.pk)
    return answer_stop(session, event, now=now)


def lock_session(station_id: int, transaction_id: int | None) -> ChargingSession | None:
    """Return and lock the station's session of that id."""
    if transaction_id is None or transaction_id <= 0:
        return None
    values = {"station": station_id, "transaction": transaction_id}
    return rows.fetch_one(ChargingSession, LOCK_SESSION, values)


def write_end(session: ChargingSession, event: TransactionEnded, *, now: datetime) -> None:
    """Write the end into the session, as sent."""
    session.state = SessionState.ENDED.value
    session.ended_at = event.at
    session.stop_received_at = now
    session.meter_stop_wh = event.meter_stop_wh
    session.stop_reason = event.reason or ""
    session.stop_id_tag = event.id_tag or ""
    session.flags = list(dict.fromkeys([*session.flags, *event.flags]))
    rows.update(session, *END_FIELDS)


def end_activation(session: ChargingSession) -> None:
    """Let the session's activation await its receipt."""
    found = rows.read(LOCK_ACTIVATION, {"session": session.pk})
    if not found:
        return
    *content, location_id = found[0]
    activation = rows.instance_of(Activation, content)
    # One that failed for want of an end has it now.
    is_failed = activation.state == ActivationState.FAILED
    error_class = "" if is_failed else activation.error_class
    if is_failed and activation.counted_on is not None:
        take_back(activation)
    advance(
        activation,
        ActivationState.ENDED,
        ended_at=session.ended_at,
        error_class=error_class,
        counted_on=activation.counted_on,
    )
    publish(TOPIC, location_id, [activation.pk])


def answer_stop(
    session: ChargingSession | None, event: TransactionEnded, *, now: datetime
) -> StopAnswer:
    """Return what the medium of the end is worth; nothing where none was named."""
    if not event.id_tag:
        return StopAnswer()
    if session is not None and session.id_tag.upper() == event.id_tag.upper():
        status = AuthorizationStatus(session.authorization_status)
        return StopAnswer(authorization=AuthorizationAnswer(status=status))
    return StopAnswer(authorization=judge_card(event.id_tag, as_of=now).answer())
