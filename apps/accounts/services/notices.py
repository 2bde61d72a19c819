"""Asking for a new password, and telling of a lock: alike for every e-mail that was typed."""

from datetime import datetime, timedelta

from axes.models import AccessFailureLog
from django.db import transaction

from apps.accounts.models import AccountNotice, User
from apps.accounts.models.notices import NoticeKind
from apps.accounts.selectors import active_admins
from apps.accounts.services import mails
from apps.audit.domain.kinds import Kind
from apps.audit.services.trail import record
from apps.core.ageing import drop_older
from apps.core.tasks import enqueue

AGAIN_AFTER = timedelta(minutes=2)
"""Who asks again within this time gets no second mail: nobody fills another's mailbox."""
AN_HOUR = timedelta(hours=1)
PER_ADDRESS_AND_HOUR = 30
KEPT = timedelta(days=1)
BATCH = 100


def is_asking_too_much(address: str, *, now: datetime) -> bool:
    """Say whether so many new passwords were asked for from the address within an hour."""
    asked = AccountNotice.objects.filter(kind=NoticeKind.RESET, asked_at__gt=now - AN_HOUR)
    return asked.filter(address=address).count() >= PER_ADDRESS_AND_HOUR


def ask_for_reset(email: str, *, address: str, base_url: str, now: datetime) -> None:
    """Note that a new password is wanted; whether there is an account is looked up later."""
    fields = {"address": address or None, "base_url": base_url, "asked_at": now}
    with transaction.atomic():
        notice, is_new = AccountNotice.objects.select_for_update().get_or_create(
            kind=NoticeKind.RESET, email=email, defaults=fields
        )
        if not is_new and now - notice.asked_at >= AGAIN_AFTER:
            for name, value in {**fields, "handled_at": None}.items():
                setattr(notice, name, value)
            notice.save()
        enqueue("accounts.handle_notices")


@transaction.atomic
def note_lock(email: str, *, address: str, base_url: str, now: datetime) -> None:
    """Note that the e-mail was locked after wrong passwords; told once until it is unlocked."""
    _notice, is_new = AccountNotice.objects.get_or_create(
        kind=NoticeKind.LOCKED,
        email=email,
        defaults={"address": address or None, "base_url": base_url, "asked_at": now},
    )
    if is_new:
        record(Kind.LOCKED, details={"email": email})
    enqueue("accounts.handle_notices")


def forget_lock(email: str) -> None:
    """Let the next lock of the e-mail be told again."""
    AccountNotice.objects.filter(kind=NoticeKind.LOCKED, email=email).delete()


def handle_notices(*, now: datetime) -> int:
    """Send the mails of the open notices; return how many notices there were."""
    handled = 0
    while handled < BATCH and handle_next(now=now):
        handled += 1
    return handled


def forget_old(*, now: datetime) -> None:
    """Delete what is only counted by the hour, a day later: handled notices, failed log-ins.

    The audit trail keeps its own account of failures.
    """
    old = AccountNotice.objects.filter(kind=NoticeKind.RESET, asked_at__lt=now - KEPT)
    old.exclude(handled_at=None).delete()
    drop_older(AccessFailureLog._meta.db_table, "attempt_time", now - KEPT, kept="false")


@transaction.atomic
def handle_next(*, now: datetime) -> bool:
    """Send the mails of the oldest open notice; False when there is none."""
    notices = AccountNotice.objects.select_for_update(skip_locked=True).filter(handled_at=None)
    notice = notices.order_by("asked_at").first()
    if notice is None:
        return False
    user = User.objects.filter(email__iexact=notice.email, is_active=True).first()
    if user is not None:
        tell(user, notice)
    notice.handled_at = now
    notice.save(update_fields=["handled_at"])
    return True


def tell(user: User, notice: AccountNotice) -> None:
    if notice.kind == NoticeKind.RESET:
        mails.send_reset(user, notice.base_url)
    else:
        mails.send_locked(user, list(active_admins()), notice.base_url)
