"""Finishing what was left behind; each step is safe to repeat."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from apps.charge_records.domain.statuses import ActivationState, ErrorClass, SessionState
from apps.charge_records.models import Activation
from apps.charge_records.selectors.catch_up import given_up_activations, silent_sessions
from apps.charge_records.services.activations import TOPIC, advance
from apps.core.live import publish


@transaction.atomic
def close_given_up(*, now: datetime) -> int:
    """Fail activations that never started: the driver went away. Return how many."""
    rows = list(
        given_up_activations(now)
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("station")[:500]
    )
    for activation in rows:
        advance(
            activation,
            ActivationState.FAILED,
            error_class=ErrorClass.CANCELED.value,
            ended_at=now,
        )
    announce(rows)
    return len(rows)


@transaction.atomic
def hang_silent(*, now: datetime) -> int:
    """Mark sessions whose end will be missing; no record is made. Return how many.

    The charge point failed to provide the record (DOMAIN 5, mapping); a late end still makes it.
    """
    failed = []
    for session in silent_sessions(now):
        if session.state != SessionState.HANGING:
            session.state = SessionState.HANGING.value
            session.save(update_fields=["state"])
        activation = (
            Activation.objects.select_for_update(of=("self",))
            .select_related("station")
            .filter(session=session, state=ActivationState.CHARGING.value)
            .first()
        )
        if activation is not None:
            advance(
                activation,
                ActivationState.FAILED,
                error_class=ErrorClass.NO_CHARGE_RECORD.value,
            )
            failed.append(activation)
    announce(failed)
    return len(failed)


def announce(activations: Iterable[Activation]) -> None:
    by_location = defaultdict(list)
    for activation in activations:
        by_location[activation.station.location_id].append(activation.pk)
    for location_id, ids in by_location.items():
        publish(TOPIC, location_id, ids)
