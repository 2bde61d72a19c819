"""Putting the room's mails into the outbox, each in its reader's language."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from django.urls import reverse
from django.utils import timezone

from apps.accounts.choices import FACTOR_LABELS
from apps.accounts.domain.factors import Factor
from apps.accounts.models import User
from apps.accounts.services import letters
from apps.accounts.services.links import INVITATION, RESET, make_link
from apps.notifications.services.letters import Letter
from apps.notifications.services.outbox import put
from apps.tenants.selectors import current_tenant

A_MINUTE = timedelta(minutes=1)


def language_of(user: User) -> str:
    return user.language or current_tenant().default_language


def send(kind: str, user: User, write: Callable[[], Letter], *, is_secret: bool = False) -> None:
    put(kind, user.email, write, language=language_of(user), is_secret=is_secret)


def send_invitation(user: User, base_url: str) -> None:
    link = make_link(INVITATION, user, base_url)
    write = partial(letters.invitation, user, link, days=INVITATION.lasts.days)
    send(letters.INVITATION, user, write, is_secret=True)


def send_reset(user: User, base_url: str) -> None:
    """Send a link for a new password; those that were sent before are dead."""
    user.reset_sent_at = timezone.now()
    user.save(update_fields=["reset_sent_at", "updated_at"])
    link = make_link(RESET, user, base_url)
    write = partial(letters.reset, user, link, minutes=RESET.lasts // A_MINUTE)
    send(letters.RESET, user, write, is_secret=True)


def send_password_changed(user: User) -> None:
    send(letters.PASSWORD_CHANGED, user, partial(letters.password_changed, user))


def send_locked(user: User, admins: list[User], base_url: str) -> None:
    """Tell the user, and each of the admins who could unlock the account."""
    send(letters.LOCKED, user, partial(letters.locked, user))
    link = base_url + reverse("admin:accounts_user_change", args=[user.pk])
    for admin in admins:
        if admin.pk != user.pk:
            write = partial(letters.locked_for_admins, user, link)
            send(letters.LOCKED_FOR_ADMINS, admin, write)


def send_email_changed(user: User, old_email: str) -> None:
    """Tell both addresses."""
    write = partial(letters.email_changed, user.email, old_email)
    for address in (old_email, user.email):
        put(letters.EMAIL_CHANGED, address, write, language=language_of(user))


def send_factor_added(user: User, factor: Factor) -> None:
    write = partial(letters.factor_added, user, FACTOR_LABELS[factor])
    send(letters.FACTOR_ADDED, user, write)


def send_factor_removed(user: User, factor: Factor) -> None:
    write = partial(letters.factor_removed, user, FACTOR_LABELS[factor])
    send(letters.FACTOR_REMOVED, user, write)


def send_factors_reset(user: User) -> None:
    send(letters.FACTORS_RESET, user, partial(letters.factors_reset, user))


def send_recovery_code_used(user: User, left: int) -> None:
    write = partial(letters.recovery_code_used, user, left)
    send(letters.RECOVERY_CODE_USED, user, write)


def send_recovery_codes_renewed(user: User) -> None:
    write = partial(letters.recovery_codes_renewed, user)
    send(letters.RECOVERY_CODES_RENEWED, user, write)


def send_identity_linked(user: User, provider: str) -> None:
    send(letters.IDENTITY_LINKED, user, partial(letters.identity_linked, user, provider))
