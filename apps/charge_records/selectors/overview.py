"""Activations as the portal's pages show them; whoever calls starts from `visible_to`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.charge_records.choices import ACTIVATION_STATE_BADGES
from apps.charge_records.domain.statuses import (
    LIVE_ACTIVATION_STATES,
    ActivationState,
    SessionState,
)
from apps.charge_records.models import Activation, ChargingSession
from apps.portal.badges import Badge

DONE, NOW, FAILED, AHEAD = "done", "now", "failed", "ahead"
NEW_FOR = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an activation: when it was reached, and done, now, failed or still ahead."""

    label: str | Promise
    at: datetime | None
    state: str


@dataclass(frozen=True, slots=True)
class ActivationRow:
    """An activation with what its row shows; energy and power so far in Wh and W."""

    activation: Activation
    badge: Badge
    steps: list[Step]
    energy_wh: int | None
    power_w: int | None
    duration_s: int | None
    reason: str
    record_id: int | None
    is_new: bool


def with_details(activations: QuerySet[Any]) -> QuerySet[Any]:
    """Return the activations with all that a row shows, in one query."""
    return activations.select_related(
        "station", "station__location", "charge_point", "session", "session__record"
    )


def activation_row(activation: Activation, *, now: datetime) -> ActivationRow:
    """Return what the row of an activation shows."""
    session = activation.session
    record = getattr(session, "record", None) if session else None
    return ActivationRow(
        activation=activation,
        badge=ACTIVATION_STATE_BADGES[activation.state],
        steps=steps(activation),
        energy_wh=record.energy_wh if record else energy_so_far(session),
        power_w=session.last_power_w if session and is_running(session) else None,
        duration_s=duration_so_far(session, now=now),
        reason=reason(activation),
        record_id=record.pk if record else None,
        is_new=activation.changed_at > now - NEW_FOR,
    )


def is_running(session: ChargingSession) -> bool:
    return session.state == SessionState.ACTIVE.value


def energy_so_far(session: ChargingSession | None) -> int | None:
    """Return the newest reading less the one at the start, in Wh; None without one."""
    if session is None:
        return None
    newest = session.meter_stop_wh if session.meter_stop_wh is not None else session.last_meter_wh
    return None if newest is None else newest - session.meter_start_wh


def duration_so_far(session: ChargingSession | None, *, now: datetime) -> int | None:
    """Return the seconds since the start, up to the end where there is one.

    One whose end is missing did not run on: it is known up to its latest meter values.
    """
    if session is None:
        return None
    until = session.ended_at or (now if is_running(session) else session.last_sample_at)
    return None if until is None else int((until - session.started_at).total_seconds())


def reason(activation: Activation) -> str:
    """Return why the activation got no further, in words; "" where nothing is wrong."""
    if activation.refusal:
        return str(activation.get_refusal_display())
    return str(activation.get_error_class_display()) if activation.error_class else ""


def steps(activation: Activation) -> list[Step]:
    """Return the way from authentication to the receipt, each step with its time."""
    reached = [
        (_("Authorised"), activation.authorized_at),
        (_("Charging"), activation.started_at),
        (_("Ended"), activation.ended_at),
        (_("Receipt"), activation.completed_at),
    ]
    ended_badly = activation.state in {ActivationState.REFUSED, ActivationState.FAILED}
    # Without a separate authentication the session itself is the proof of it.
    is_last_done = max((i for i, (_label, at) in enumerate(reached) if at), default=-1)
    shown = []
    for index, (label, at) in enumerate(reached):
        if at or index < is_last_done:
            state = DONE
        elif index == is_last_done + 1 and ended_badly:
            state = FAILED
        elif index == is_last_done + 1 and activation.state in LIVE_ACTIVATION_STATES:
            state = NOW
        else:
            state = AHEAD
        shown.append(Step(label, at, state))
    return shown


def running_sessions(sessions: QuerySet[Any]) -> QuerySet[Any]:
    """Return the sessions that charge now, newest first."""
    return (
        sessions.filter(state=SessionState.ACTIVE.value)
        .select_related("station", "station__location", "charge_point")
        .order_by("-started_at", "-pk")
    )
