"""What only the platform operator does with a tenant's people, in that tenant's schema (TEN-05)."""

from datetime import datetime

from axes.models import AccessAttempt
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.domain.roles import ADMIN
from apps.accounts.models import AccountNotice, User
from apps.accounts.selectors import active_admins, unlocked
from apps.accounts.services.factors import take_all_away
from apps.accounts.services.mails import send_email_changed, send_invitation
from apps.accounts.services.people import check_waited_for, forget_failures
from apps.accounts.services.users import ensure_user
from apps.audit.domain.kinds import Kind
from apps.audit.services.trail import record
from apps.core.errors import AppError


class NotOnlyAdminError(AppError):
    code = "not_only_admin"
    message = _("Another admin of the tenant can do this on the user's page.")


class NotFirstAdminError(AppError):
    code = "not_first_admin"
    message = _("An admin of the tenant can invite this user again on the user's page.")


class EmailTakenError(AppError):
    code = "email_taken"
    message = _("There is a portal user with this e-mail already.")


class EmailInvalidError(AppError):
    code = "email_invalid"
    message = _("Enter an e-mail address such as name@example.com.")


def can_nobody_help(user: User) -> bool:
    """Say whether the user is an admin and no other admin of the tenant can log in."""
    if not user.groups.filter(name=ADMIN).exists():
        return False
    return not unlocked(active_admins().exclude(pk=user.pk)).exists()


@transaction.atomic
def unlock_only_admin(user_id: int) -> User:
    """Unlock a tenant's only admin (TEN-05d); return the user. Raises NotOnlyAdminError."""
    user = User.objects.get(pk=user_id)
    if not can_nobody_help(user):
        raise NotOnlyAdminError
    forget_failures(user.email)
    record(Kind.UNLOCKED, None, user)
    return user


@transaction.atomic
def reset_factors_of_only_admin(user_id: int) -> User:
    """Take the second factors of a tenant's only admin away; return the user.

    Raises NotOnlyAdminError.
    """
    user = User.objects.get(pk=user_id)
    if not can_nobody_help(user):
        raise NotOnlyAdminError
    take_all_away(user, None)
    return user


@transaction.atomic
def change_email(user_id: int, email: str) -> User:
    """Give a user another e-mail to log in with (TEN-05e); tell both addresses; return the user.

    A lock moves along, links that were sent die. Raises EmailInvalidError, EmailTakenError.
    """
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise EmailInvalidError("email") from error
    user = User.objects.select_for_update().get(pk=user_id)
    if User.objects.filter(email__iexact=email).exists():
        raise EmailTakenError("email")
    old = user.email
    for rows, name in ((AccessAttempt.objects, "username"), (AccountNotice.objects, "email")):
        rows.filter(**{name: email}).delete()
        rows.filter(**{name: old}).update(**{name: email})
    user.email = email
    user.save(update_fields=["email", "updated_at"])
    send_email_changed(user, old)
    return user


@transaction.atomic
def invite_first_admin(
    email: str, *, first_name: str, last_name: str, base_url: str, now: datetime
) -> User:
    """Make the first admin of a new tenant, who sets the password by a link from a mail.

    Raises ValidationError.
    """
    user = ensure_user(
        email,
        password=None,
        role="admin",
        first_name=first_name,
        last_name=last_name,
        invited_at=now,
    )
    send_invitation(user, base_url)
    record(Kind.INVITED, None, user)
    return user


def can_nobody_invite(user: User) -> bool:
    """Say whether the user is an admin who was invited, and no admin of the tenant has joined."""
    is_admin = user.groups.filter(name=ADMIN).exists()
    return is_admin and user.is_waited_for and not active_admins().exists()


@transaction.atomic
def invite_first_admin_again(user_id: int, *, base_url: str, now: datetime) -> User:
    """Send a tenant's first admin a new link; the former one is dead; return the user.

    Raises AlreadyJoinedError, NotFirstAdminError.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    check_waited_for(user)
    if not can_nobody_invite(user):
        raise NotFirstAdminError
    user.is_active, user.invited_at = True, now
    user.save(update_fields=["is_active", "invited_at", "updated_at"])
    send_invitation(user, base_url)
    record(Kind.INVITED, None, user)
    return user
