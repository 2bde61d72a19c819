"""Who may see what: the query-set method from which every list, page, export and socket starts."""

from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from guardian.shortcuts import get_objects_for_user

from apps.core.bulk import WatchedQuerySet

if TYPE_CHECKING:
    from apps.accounts.models.users import User

ACCESS = "accounts.access_location"


def granted_locations(user: "User") -> models.QuerySet[Any]:
    """Return the locations that were granted to the user, in person or through a group."""
    # A global permission must not open every location, hence accept_global_perms=False.
    return get_objects_for_user(user, ACCESS, accept_global_perms=False, with_superuser=False)


def accessible_locations(user: "User") -> models.QuerySet[Any]:
    """Return the granted locations and all that lie below them; the tree has three levels."""
    granted = granted_locations(user).values("pk")
    below = models.Q(parent__in=granted) | models.Q(parent__parent__in=granted)
    return granted_locations(user).model.objects.filter(models.Q(pk__in=granted) | below)


class ScopedQuerySet(WatchedQuerySet):
    """Query set that knows the way to the location of its rows."""

    def visible_to(self, user: "User | AnonymousUser", action: str = "view") -> Self:
        """Return the rows on which the user may do `action`: the right first, then the location.

        `action` is the first part of a permission codename: view, change, export, command ...
        """
        meta = self.model._meta
        if not user.is_active or not user.has_perm(f"{meta.app_label}.{action}_{meta.model_name}"):
            return self.none()
        return self.at_locations_of(user)

    def at_locations_of(self, user: "User | AnonymousUser") -> Self:
        """Return the rows at the user's locations, whatever the user's rights."""
        if isinstance(user, AnonymousUser):
            return self.none()
        path = getattr(self.model, "location_path", None)
        if path is None or not user.is_limited_to_locations:
            return self
        return self.filter(**{f"{path}__in": accessible_locations(user).values("pk")})


class LocationScoped(models.Model):
    """A model whose rows stand at a location; `location_path` is the look-up that leads there."""

    location_path: ClassVar[str | None] = None

    objects = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True
