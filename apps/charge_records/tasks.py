"""Background work on charge records."""

from django.utils import timezone

from apps.charge_records.domain.eka import VerificationCause
from apps.charge_records.selectors.catch_up import (
    VERIFIED_AT_ONCE,
    records_to_verify,
    undecided_sessions,
    unsettled_sessions,
)
from apps.charge_records.services.catch_up import close_given_up, hang_silent
from apps.charge_records.services.retention import drop_old_hours, drop_old_samples
from apps.charge_records.services.settlement import decide_again, settle
from apps.charge_records.services.totals import count_attempts
from apps.core.tasks import enqueue, platform_task, send, tenant_task
from apps.infrastructure.models import Meter
from apps.tenants.selectors import customer_schemas


@tenant_task("charge_records.settle")
def settle_session(session_id: int) -> None:
    """Make the charge record of an ended session."""
    settle(session_id, now=timezone.now())


@tenant_task("charge_records.decide_again")
def decide_session_again(session_id: int) -> None:
    """Decide an open EKA: the waiting time is over, or signed data came."""
    decide_again(session_id, now=timezone.now())


@tenant_task("charge_records.verify_meter")
def verify_meter(meter_id: int, before: int | None = None) -> None:
    """Check sessions once more whose meter got other master data, so many at a time."""
    meter = Meter.objects.filter(pk=meter_id).first()
    if meter is None:
        return
    found = records_to_verify(meter, before=before)
    for _record_id, session_id in found:
        decide_again(session_id, now=timezone.now(), cause=VerificationCause.KEY_SAVED)
    if len(found) == VERIFIED_AT_ONCE:
        enqueue("charge_records.verify_meter", meter_id=meter_id, before=found[-1][0])


@tenant_task("charge_records.catch_up")
def catch_up() -> None:
    """Finish what a crash, a driver or a silent station left behind in this tenant."""
    now = timezone.now()
    close_given_up(now=now)
    hang_silent(now=now)
    count_attempts()
    # One task each: a session that cannot be settled does not hold up the others.
    for session_id in unsettled_sessions(now):
        enqueue("charge_records.settle", session_id=session_id)
    for session_id in undecided_sessions(now):
        enqueue("charge_records.decide_again", session_id=session_id)


@platform_task("charge_records.catch_up_all")
def catch_up_all() -> None:
    """Do so for every tenant."""
    for schema_name in customer_schemas():
        send("charge_records.catch_up", schema_name, {})


@tenant_task("charge_records.drop_old_samples")
def drop_old() -> None:
    """Let the tenant's old meter values go, and totals of hours."""
    drop_old_samples(now=timezone.now())
    drop_old_hours(today=timezone.now().date())


@platform_task("charge_records.drop_old_samples_all")
def drop_old_all() -> None:
    """Do so for every tenant."""
    for schema_name in customer_schemas():
        send("charge_records.drop_old_samples", schema_name, {})
