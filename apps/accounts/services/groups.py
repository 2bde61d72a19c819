"""Groups of the tenant's own making (ACC-02); the shipped roles stay as they are."""

from datetime import date

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.domain.roles import PERMISSIONS
from apps.accounts.models import User
from apps.accounts.selectors import (
    grantable_permissions,
    holds,
    permission_rows,
    rights_of_group,
)
from apps.accounts.services.people import BeyondOwnRightsError, require
from apps.core.errors import AppError


class ShippedRoleError(AppError):
    code = "shipped_role"
    message = _("Admin and Operator are part of the portal. Make a group of your own instead.")


def is_shipped(group: Group) -> bool:
    return group.name in PERMISSIONS


def check_group(actor: User, group: Group) -> None:
    """Raise ShippedRoleError or BeyondOwnRightsError unless the actor may change the group."""
    if group.pk and is_shipped(Group.objects.get(pk=group.pk)):
        raise ShippedRoleError
    if group.pk and not holds(actor, rights_of_group(group)):
        raise BeyondOwnRightsError


@transaction.atomic
def save_group(actor: User, group: Group, permissions: set[str], *, today: date) -> None:
    """Save a group with exactly these permissions (`app_label.codename`). Raises as `check_group`,

    and BeyondOwnRightsError for a permission that the actor cannot give.
    """
    require(actor, "auth.change_group" if group.pk else "auth.add_group")
    check_group(actor, group)
    if is_shipped(group):
        raise ShippedRoleError("name")
    if not permissions <= grantable_permissions(actor, today=today):
        raise BeyondOwnRightsError("rights")
    group.save()
    group.permissions.set(permission_rows(permissions))


@transaction.atomic
def delete_group(actor: User, group: Group) -> None:
    """Delete a group; its members keep what other groups give them. Raises as `check_group`."""
    require(actor, "auth.delete_group")
    check_group(actor, group)
    group.delete()
