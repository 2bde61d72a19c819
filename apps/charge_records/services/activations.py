"""Activations: attempts to charge, from the card at the reader to the receipt (CDR-08)."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from apps.charge_records.domain.statuses import ACTIVATION_STEPS, ActivationState, ErrorClass
from apps.charge_records.domain.timing import AUTHORIZATION_LASTS, CLOCK_TOLERANCE
from apps.charge_records.models import Activation, ChargingSession
from apps.charge_records.selectors.sessions import charging_with_card
from apps.charge_records.services.access import (
    Place,
    Verdict,
    find_station_place,
    is_charging_elsewhere,
    judge,
    refuse_concurrent,
)
from apps.core.live import publish
from apps.vocabulary.answers import AuthorizationAnswer

TOPIC = "activations"


@transaction.atomic(savepoint=False)
def authorize(station_id: int, id_tag: str, *, now: datetime) -> AuthorizationAnswer:
    """Say whether the medium may charge at the station, and open (or refuse) an activation.

    Held again before the start, the card goes on with the same activation. A card that charges at
    this very station is let through: drivers hold it to end their session.
    """
    place = find_station_place(station_id)
    verdict = judge(place, id_tag, as_of=now)
    if is_charging_elsewhere(verdict, place, as_of=now):
        verdict = refuse_concurrent(verdict)
    if not is_held_to_stop(verdict, station_id, now=now):
        activation = awaiting_start(station_id, id_tag, as_of=now) if verdict.is_accepted else None
        activation = activation or Activation(
            station_id=station_id, id_tag=id_tag, charge_point=place.charge_point, began_at=now
        )
        write_verdict(activation, verdict, now=now)
        activation.save()
        publish(TOPIC, place.station.location_id, [activation.pk])
    return verdict.answer()


def is_held_to_stop(verdict: Verdict, station_id: int, *, now: datetime) -> bool:
    """Tell whether the accepted card is charging at this station already."""
    if not verdict.is_accepted or verdict.card is None:
        return False
    sessions = charging_with_card(verdict.card, as_of=now)
    return sessions.filter(station_id=station_id).exists()


def awaiting_start(station_id: int, id_tag: str, *, as_of: datetime) -> Activation | None:
    """Return and lock the newest authorised activation of the tag that has not started by then.

    One that was given up counts too: its start was only late.
    """
    given_up = Q(state=ActivationState.FAILED.value, error_class=ErrorClass.CANCELED.value)
    return (
        Activation.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(
            Q(state=ActivationState.AUTHORIZED.value) | given_up,
            station_id=station_id,
            id_tag__iexact=id_tag,
            session=None,
            began_at__range=(as_of - AUTHORIZATION_LASTS, as_of + CLOCK_TOLERANCE),
        )
        .order_by("-began_at", "-pk")
        .first()
    )


def write_verdict(activation: Activation, verdict: Verdict, *, now: datetime) -> None:
    """Put the answer to an authorisation on the (unsaved) activation."""
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
    activation.session = session
    activation.charge_point = place.charge_point
    activation.started_at = session.started_at
    activation.save()
    publish(TOPIC, place.station.location_id, [activation.pk])
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
    activation.save(update_fields=["state", *fields, "changed_at"])
