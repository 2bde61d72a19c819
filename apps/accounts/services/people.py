"""What a person does with the accounts of others (ACC-01 to ACC-05)."""

from collections.abc import Iterable
from dataclasses import dataclass

from axes.utils import reset as reset_failures
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from guardian.shortcuts import assign_perm, remove_perm

from apps.accounts.domain.roles import ADMIN
from apps.accounts.models import Location, User
from apps.accounts.models.scope import ACCESS
from apps.accounts.selectors import active_admins, holds, may_manage, rights_of_group
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
def add_user(actor: User, user: User, access: Access, *, password: str) -> None:
    """Save a new user. Raises PermissionDenied, BeyondOwnRightsError, ValidationError."""
    require(actor, "accounts.add_user")
    check_groups(actor, access.groups)
    user.is_superuser = False
    validate_password(password, user)
    user.set_password(password)
    write(user, access)


@transaction.atomic
def change_user(actor: User, user: User, access: Access) -> None:
    """Save a changed user. Raises PermissionDenied, OwnAccountError, BeyondOwnRightsError,

    and LastAdminError when no active admin would be left.
    """
    require(actor, "accounts.change_user")
    check_manageable(actor, user)
    check_groups(actor, access.groups)
    # Two admins who demote each other at the same time: one waits here and is refused.
    list(Group.objects.select_for_update().filter(name=ADMIN))
    was_admin = active_admins().filter(pk=user.pk).exists()
    write(user, access)
    if was_admin and not active_admins().exists():
        raise LastAdminError


def write(user: User, access: Access) -> None:
    user.is_limited_to_locations = access.locations is not None
    user.save()
    user.groups.set(access.groups)
    wanted = {location.pk for location in access.locations or ()}
    for location in Location.objects.all():
        (assign_perm if location.pk in wanted else remove_perm)(ACCESS, user, location)


@transaction.atomic
def set_password(actor: User, user: User, password: str) -> None:
    """Give another user a new password, which ends the sessions. Raises as `change_user`."""
    require(actor, "accounts.change_user")
    check_manageable(actor, user)
    validate_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password", "updated_at"])


def unlock(actor: User, user: User) -> None:
    """Forget the wrong passwords of another user. Raises as `change_user`."""
    require(actor, "accounts.change_user")
    check_manageable(actor, user)
    reset_failures(username=user.email)
