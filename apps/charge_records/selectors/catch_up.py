"""What was left behind: by a crash, by drivers who went away, by stations that fell silent."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.charge_records.domain.eka import SIGNED_DATA_WAITING_TIME
from apps.charge_records.domain.statuses import (
    OPEN_SESSION_STATES,
    ActivationState,
    BdrMain,
    EkaStatus,
    SessionState,
)
from apps.charge_records.domain.timing import END_AWAITED, START_AWAITED, is_silent
from apps.charge_records.models import Activation, ChargeRecord, ChargingSession, MeterSample
from apps.infrastructure.domain.statuses import OCCUPIED_STATUSES
from apps.infrastructure.models import Connector

# A settlement that was queued has had its chance by then.
SETTLEMENT_AWAITED = timedelta(seconds=10)
# Records whose signed data never came are looked for this long after the waiting time.
LOOK_BACK = timedelta(days=2)
BATCH = 500


def unsettled_sessions(now: datetime) -> list[int]:
    """Return ids of ended sessions whose record should stand by now, oldest first."""
    return list(
        ChargingSession.objects.filter(
            state=SessionState.ENDED.value,
            is_settled=False,
            stop_received_at__lt=now - SETTLEMENT_AWAITED,
        )
        .order_by("stop_received_at")
        .values_list("pk", flat=True)[:BATCH]
    )


def given_up_activations(now: datetime) -> QuerySet[Activation]:
    """Return activations that were authorised and never started."""
    return Activation.objects.filter(
        state=ActivationState.AUTHORIZED.value, authorized_at__lt=now - START_AWAITED
    )


def undecided_sessions(now: datetime) -> list[int]:
    """Return ids of sessions whose EKA waits for signed data that did not come in time."""
    signed = MeterSample.objects.filter(
        station_id=OuterRef("session__station_id"),
        transaction_id=OuterRef("session__transaction_id"),
        is_signed=True,
    )
    over = now - SIGNED_DATA_WAITING_TIME
    return list(
        ChargeRecord.objects.filter(
            ~Exists(signed),
            bdr_main__in=[BdrMain.UNKNOWN.value, BdrMain.ERROR.value, BdrMain.EXCLUSION.value],
            eka=EkaStatus.OPEN.value,
            session__stop_received_at__range=(over - LOOK_BACK, over),
        ).values_list("session_id", flat=True)[:BATCH]
    )


def silent_sessions(now: datetime) -> Iterator[ChargingSession]:
    """Lock and yield open sessions whose end will be missing, with station; each is named once."""
    candidates = (
        ChargingSession.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("station")
        .filter(
            Q(state=SessionState.ACTIVE.value)
            | Q(activation__state=ActivationState.CHARGING.value),
            state__in=list(OPEN_SESSION_STATES),
            start_received_at__lte=now - END_AWAITED,
        )
        .order_by("pk")[:BATCH]
    )
    sessions = list(candidates)
    connectors = {
        (connector.station_id, connector.number): connector
        for connector in Connector.objects.filter(
            station_id__in={session.station_id for session in sessions}
        )
    }
    for session in sessions:
        connector = connectors.get((session.station_id, session.connector_number))
        if is_silent(
            now=now,
            received_at=session.start_received_at,
            last_sample_at=session.last_sample_at,
            is_superseded=session.state == SessionState.HANGING,
            is_occupied=connector is not None and connector.status in OCCUPIED_STATUSES,
            status_at=connector.status_at if connector else None,
        ):
            yield session
