"""Activations: attempts to charge, from the card at the reader to the receipt (CDR-08)."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.charge_records.domain.statuses import ACTIVATION_STEPS, ActivationState, ErrorClass
from apps.charge_records.domain.timing import AUTHORIZATION_LASTS, CLOCK_TOLERANCE
from apps.charge_records.models import Activation, ChargingSession
from apps.charge_records.services.access import (
    Place,
    Verdict,
    find_station_place,
    judge,
    refuse_concurrent,
    refuse_without_product,
    running_sessions,
)
from apps.charge_records.services.totals import take_back
from apps.core import rows
from apps.core.live import publish
from apps.vocabulary.answers import AuthorizationAnswer

TOPIC = "activations"

AWAITING_START = f"""
WHERE station_id = %(station)s AND UPPER(id_tag) = UPPER(%(id_tag)s) AND session_id IS NULL
    AND (state = '{ActivationState.AUTHORIZED.value}'
        OR (state = '{ActivationState.FAILED.value}'
            AND error_class = '{ErrorClass.CANCELED.value}'))
    AND began_at BETWEEN %(since)s AND %(until)s
ORDER BY began_at DESC, id DESC LIMIT 1 FOR UPDATE SKIP LOCKED
"""
VERDICT_FIELDS = (
    *("charge_point", "state", "medium", "emaid", "refusal", "error_class", "authorized_at"),
    *("counted_on", "changed_at"),
)


@transaction.atomic(savepoint=False)
def authorize(station_id: int, id_tag: str, *, now: datetime) -> AuthorizationAnswer:
    """Say whether the medium may charge at the station, and open (or refuse) an activation.

    Held again before the start, the card goes on with the same activation. A card that charges at
    this very station is let through: drivers hold it to end their session.
    """
    place = find_station_place(station_id)
    verdict = judge(place, id_tag, as_of=now)
    running = running_sessions(verdict, as_of=now)
    if any(session.station_id != station_id for session in running):
        verdict = refuse_concurrent(verdict)
    elif running:
        return verdict.answer()
    else:
        verdict = refuse_without_product(place, verdict, as_of=now)
    activation = awaiting_start(station_id, id_tag, as_of=now) if verdict.is_accepted else None
    activation = activation or Activation(
        station_id=station_id, id_tag=id_tag, charge_point_id=place.charge_point_id, began_at=now
    )
    write_verdict(activation, verdict, now=now)
    store(activation, *VERDICT_FIELDS)
    publish(TOPIC, place.location_id, [activation.pk])
    return verdict.answer()


def store(activation: Activation, *fields: str) -> None:
    """Insert a new activation, write the fields of one that is stored."""
    if activation.pk is None:
        rows.insert(activation)
    else:
        rows.update(activation, *fields)


def awaiting_start(station_id: int, id_tag: str, *, as_of: datetime) -> Activation | None:
    """Return and lock the newest authorised activation of the tag that has not started by then.

    One that was given up counts too: its start was only late.
    """
    values = {
        "station": station_id,
        "id_tag": id_tag,
        "since": as_of - AUTHORIZATION_LASTS,
        "until": as_of + CLOCK_TOLERANCE,
    }
    return rows.fetch_one(Activation, AWAITING_START, values)


def write_verdict(activation: Activation, verdict: Verdict, *, now: datetime) -> None:
    """Put the answer to an authorisation on the (unsaved) activation; given up, it goes on."""
    if activation.counted_on is not None:
        take_back(activation)
    activation.medium = verdict.medium.value
    activation.emaid = verdict.emaid
    if verdict.is_accepted:
        activation.state = ActivationState.AUTHORIZED.value
        activation.authorized_at = now
        activation.refusal = activation.error_class = ""
    else:
        activation.state = ActivationState.REFUSED.value
        activation.refusal = verdict.refusal.value if verdict.refusal else ""
        activation.error_class = ErrorClass.AUTHORIZATION_FAILED.value


def begin(
    session: ChargingSession, place: Place, verdict: Verdict, *, as_of: datetime
) -> Activation:
    """Let the session's activation charge: the awaiting one of its tag, else one of its own.

    A refused start keeps its session too, for the station may charge all the same.
    """
    activation = awaiting_start(session.station_id, session.id_tag, as_of=as_of) or Activation(
        station_id=session.station_id, id_tag=session.id_tag, began_at=as_of
    )
    authorized_at = activation.authorized_at
    write_verdict(activation, verdict, now=as_of)
    if verdict.is_accepted:
        activation.state = ActivationState.CHARGING.value
        activation.authorized_at = authorized_at or as_of
    activation.session_id = session.pk
    activation.charge_point_id = place.charge_point_id
    activation.started_at = session.started_at
    store(activation, *VERDICT_FIELDS, "session", "started_at")
    publish(TOPIC, place.location_id, [activation.pk])
    return activation


def move(activation: Activation, state: ActivationState, **fields: Any) -> None:
    """Move the (unsaved) activation on; a state it cannot reach from its own stays."""
    if state in ACTIVATION_STEPS[ActivationState(activation.state)]:
        activation.state = state.value
    for name, value in fields.items():
        setattr(activation, name, value)


def advance(activation: Activation, state: ActivationState, **fields: Any) -> None:
    """Move the activation on and save it."""
    move(activation, state, **fields)
    rows.update(activation, "state", *fields, "changed_at")
