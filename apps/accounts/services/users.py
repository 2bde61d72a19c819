"""Creating portal users and saying what they may see."""

from collections.abc import Iterable

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from guardian.shortcuts import assign_perm, remove_perm

from apps.accounts.domain.roles import ADMIN, OPERATOR
from apps.accounts.models import Location, User
from apps.accounts.models.scope import ACCESS, granted_locations
from apps.accounts.services.places import end_all
from apps.audit.domain.kinds import Kind
from apps.audit.services.trail import record

ROLES = {"admin": ADMIN, "operator": OPERATOR}


@transaction.atomic
def ensure_user(email: str, *, password: str | None, role: str, **fields: object) -> User:
    """Create the user with a role ("admin", "operator") or bring an existing one to it; return it.

    The password of an existing user is set only when one is given. Raises ValidationError for a
    password that is too weak, KeyError for an unknown role.
    """
    user = User.objects.filter(email__iexact=email).first() or User(email=email.strip().lower())
    for name, value in fields.items():
        setattr(user, name, value)
    if password is not None:
        validate_password(password, user)
        user.set_password(password)
    elif user._state.adding:
        user.set_unusable_password()
    user.full_clean(exclude=["password"])
    user.save()
    if password is not None:
        end_all(user)
    user.groups.set([Group.objects.get(name=ROLES[role])])
    return user


@transaction.atomic
def limit_to_locations(user: User, locations: Iterable[Location]) -> None:
    """Limit the user to exactly these locations (none: the user sees no location at all)."""
    grant_exactly(user, locations)
    user.is_limited_to_locations = True
    user.save(update_fields=["is_limited_to_locations", "updated_at"])


def grant_exactly(user: User, locations: Iterable[Location]) -> None:
    """Grant the user these locations and no others."""
    wanted = {location.pk: location for location in locations}
    held = {location.pk: location for location in granted_locations(user)}
    if wanted.keys() == held.keys():
        return
    for pk in wanted.keys() - held.keys():
        assign_perm(ACCESS, user, wanted[pk])
    for pk in held.keys() - wanted.keys():
        remove_perm(ACCESS, user, held[pk])
    record(
        Kind.CHANGED,
        None,
        user,
        before={"locations": sorted(str(location) for location in held.values())},
        after={"locations": sorted(str(location) for location in wanted.values())},
    )
