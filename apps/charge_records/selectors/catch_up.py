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
from apps.infrastructure.models import Connector, Meter

# A settlement that was queued has had its chance by then.
SETTLEMENT_AWAITED = timedelta(seconds=10)
# Records whose signed data never came are looked for this long after the waiting time.
LOOK_BACK = timedelta(days=2)
BATCH = 500
# Records that one task checks again; it queues itself for the others.
VERIFIED_AT_ONCE = 200


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
    """Return ids of sessions whose EKA can be decided now: the time to wait for signed data is
    over, or some came since the record was judged.
    """
    came_since = MeterSample.objects.filter(
        station_id=OuterRef("session__station_id"),
        transaction_id=OuterRef("session__transaction_id"),
        is_signed=True,
        received_at__gt=OuterRef("settled_at"),
    )
    over = now - SIGNED_DATA_WAITING_TIME
    return list(
        ChargeRecord.objects.filter(
            Q(session__stop_received_at__lte=over) | Exists(came_since),
            bdr_main__in=[BdrMain.UNKNOWN.value, BdrMain.ERROR.value, BdrMain.EXCLUSION.value],
            eka=EkaStatus.OPEN.value,
            session__stop_received_at__range=(over - LOOK_BACK, now),
        ).values_list("session_id", flat=True)[:BATCH]
    )


def records_to_verify(meter: Meter, *, before: int | None) -> list[tuple[int, int]]:
    """Return (record, session) ids whose check the meter's master data may change, newest first.

    Those that ended while the meter was in use and were not found in line with calibration law.
    `before`: only records with a smaller id, to go on from; at most `VERIFIED_AT_ONCE`.
    """
    rows = ChargeRecord.objects.filter(
        charge_point_id=meter.charge_point_id,
        eka__in=[EkaStatus.OPEN.value, EkaStatus.INVALID.value],
    )
    if before is not None:
        rows = rows.filter(pk__lt=before)
    if meter.valid_from is not None:
        rows = rows.filter(session__stop_received_at__gte=meter.valid_from)
    if meter.valid_to is not None:
        rows = rows.filter(session__ended_at__lt=meter.valid_to)
    return list(rows.order_by("-pk").values_list("pk", "session_id")[:VERIFIED_AT_ONCE])


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
