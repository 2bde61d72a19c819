"""What a person does with the accounts of others (ACC-01 to ACC-05)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from axes.utils import reset as reset_failures
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.domain.roles import ADMIN
from apps.accounts.models import Location, User
from apps.accounts.selectors import (
    active_admins,
    holds,
    is_last_admin,
    may_manage,
    rights_of_group,
)
from apps.accounts.services.mails import send_invitation, send_reset
from apps.accounts.services.notices import forget_lock
from apps.accounts.services.places import end_all
from apps.accounts.services.users import grant_exactly
from apps.audit.domain.kinds import Kind
from apps.audit.services.trail import record
from apps.core.errors import AppError


class OwnAccountError(AppError):
    code = "own_account"
    message = _("Nobody changes the own account here. Ask another admin.")


class BeyondOwnRightsError(AppError):
    code = "beyond_own_rights"
    message = _("You can only give and change rights that you hold yourself.")


class LastAdminError(AppError):
    code = "last_admin"
    message = _("This is the last active admin. Make somebody else an admin first.")


class AlreadyJoinedError(AppError):
    code = "already_joined"
    message = _("This user has set a password already. Send a link for a new password instead.")


class NotActiveError(AppError):
    code = "not_active"
    message = _("This account is disabled. Make it active first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a user may: groups, and locations (None: not limited to any)."""

    groups: tuple[Group, ...]
    locations: tuple[Location, ...] | None = None


def require(actor: User, right: str) -> None:
    if not actor.is_active or not actor.has_perm(right) or actor.is_limited_to_locations:
        raise PermissionDenied


def check_manageable(actor: User, user: User) -> None:
    """Raise OwnAccountError or BeyondOwnRightsError unless the actor may change the user."""
    if actor.pk == user.pk:
        raise OwnAccountError
    if not may_manage(actor, user):
        raise BeyondOwnRightsError


def check_groups(actor: User, groups: Iterable[Group]) -> None:
    """Raise BeyondOwnRightsError for a group with rights that the actor does not hold."""
    for group in groups:
        if not holds(actor, rights_of_group(group)):
            raise BeyondOwnRightsError("groups")


@transaction.atomic
def invite_user(actor: User, user: User, access: Access, *, base_url: str, now: datetime) -> None:
    """Save a new user and send the link with which the user sets the first password.

    `base_url` is scheme and host of the portal. Raises PermissionDenied, BeyondOwnRightsError.
    """
    require(actor, "accounts.add_user")
    check_groups(actor, access.groups)
    user.is_superuser = False
    user.is_active = True
    user.set_unusable_password()
    user.invited_at = now
    write(user, access)
    send_invitation(user, base_url)
    record(Kind.INVITED, actor, user)


@transaction.atomic
def invite_again(actor: User, user: User, *, base_url: str, now: datetime) -> None:
    """Send a new link; the former one is dead. Raises as `change_user`, and AlreadyJoinedError."""
    require(actor, "accounts.change_user")
    user = lock_row(user)
    check_manageable(actor, user)
    check_waited_for(user)
    user.is_active = True
    user.invited_at = now
    user.save(update_fields=["is_active", "invited_at", "updated_at"])
    send_invitation(user, base_url)
    record(Kind.INVITED, actor, user)


@transaction.atomic
def revoke_invitation(actor: User, user: User) -> None:
    """Let the link work no more and disable the account. Raises as `invite_again`."""
    require(actor, "accounts.change_user")
    user = lock_row(user)
    check_manageable(actor, user)
    check_waited_for(user)
    user.is_active = False
    user.save(update_fields=["is_active", "updated_at"])
    end_all(user)


def lock_row(user: User) -> User:
    """Return the user as it is now; the row is ours until the transaction ends."""
    return User.objects.select_for_update().get(pk=user.pk)


def check_waited_for(user: User) -> None:
    """Raise AlreadyJoinedError for somebody who has a password already."""
    if not user.is_waited_for:
        raise AlreadyJoinedError


@transaction.atomic
def change_user(actor: User, user: User, access: Access) -> None:
    """Save a changed user. Raises PermissionDenied, OwnAccountError, BeyondOwnRightsError,

    and LastAdminError when nobody would be left who manages the tenant's users.
    """
    require(actor, "accounts.change_user")
    check_manageable(actor, user)
    check_groups(actor, access.groups)
    # Two admins who demote each other at the same time: one waits here and is refused.
    list(Group.objects.select_for_update().filter(name=ADMIN))
    was_last = is_last_admin(user)
    write(user, access)
    if was_last and not active_admins().filter(pk=user.pk).exists():
        raise LastAdminError


def write(user: User, access: Access) -> None:
    """Save the user with exactly these groups and locations; who is disabled is signed out."""
    user.is_limited_to_locations = access.locations is not None
    user.save()
    if not user.is_active:
        end_all(user)
    user.groups.set(access.groups)
    grant_exactly(user, access.locations or ())


@transaction.atomic
def start_reset(actor: User, user: User, *, base_url: str) -> None:
    """Send another user a link for a new password, which nobody but the user gets to know.

    Raises as `change_user`, and NotActiveError for an account that could not use it.
    """
    require(actor, "accounts.change_user")
    check_manageable(actor, user)
    if not user.is_active:
        raise NotActiveError
    send_reset(user, base_url)
    record(Kind.RESET_STARTED, actor, user)


@transaction.atomic
def unlock(actor: User, user: User) -> None:
    """Forget the wrong passwords of another user. Raises as `change_user`."""
    require(actor, "accounts.change_user")
    check_manageable(actor, user)
    forget_failures(user.email)
    record(Kind.UNLOCKED, actor, user)


@transaction.atomic
def forget_failures(email: str) -> None:
    """Unlock the e-mail; the next lock is told again."""
    reset_failures(username=email)
    forget_lock(email)
