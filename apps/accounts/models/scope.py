"""Who may see what: the query-set method from which every list, page, export and socket starts."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from guardian.shortcuts import get_objects_for_user

from apps.accounts.domain.identity import RIGHT as IDENTITY
from apps.core.bulk import WatchedQuerySet

if TYPE_CHECKING:
    from apps.accounts.models.users import User

ACCESS = "accounts.access_location"
HIDDEN = "_hides_identity"
Mask = Callable[[Any], Any]


def granted_locations(user: "User") -> models.QuerySet[Any]:
    """Return the locations that were granted to the user, in person or through a group."""
    # A global permission must not open every location, hence accept_global_perms=False.
    return get_objects_for_user(user, ACCESS, accept_global_perms=False, with_superuser=False)


def with_parts(chosen: Any) -> models.Q:
    """Return the condition of being a chosen location or below one; the tree has three levels."""
    below = models.Q(parent__in=chosen) | models.Q(parent__parent__in=chosen)
    return models.Q(pk__in=chosen) | below


def accessible_locations(user: "User") -> models.QuerySet[Any]:
    """Return the granted locations and all that lie below them."""
    granted = granted_locations(user)
    return granted.model.objects.filter(with_parts(granted.values("pk")))


def hide_identity(row: models.Model) -> None:
    """Mask what names a driver on a row and on the rows that were loaded with it."""
    known: dict[str, Mask] = getattr(type(row), "identity_fields", {})
    if row.__dict__.get(HIDDEN):
        return
    for name in known.keys() & row.__dict__.keys():
        row.__dict__[name] = known[name](row.__dict__[name])
    row.__dict__[HIDDEN] = True
    loaded = [*row._state.fields_cache.values()]
    for rows in getattr(row, "_prefetched_objects_cache", {}).values():
        loaded += list(rows)
    for other in loaded:
        if isinstance(other, models.Model):
            hide_identity(other)


class ScopedQuerySet(WatchedQuerySet):
    """Query set that knows the way to the location of its rows, and who may see drivers."""

    hides_identity = False

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]
        clone.hides_identity = self.hides_identity
        return clone

    def _fetch_all(self) -> None:
        is_new = self._result_cache is None
        super()._fetch_all()
        if is_new and self.hides_identity:
            for row in self._result_cache or ():
                if isinstance(row, models.Model):
                    hide_identity(row)

    def seen_by(self, user: "User | AnonymousUser") -> Self:
        """Return the rows with drivers masked unless the user may see them."""
        rows: Self = self._chain()  # type: ignore[attr-defined]
        rows.hides_identity = not user.has_perm(IDENTITY)
        return rows

    def visible_to(self, user: "User | AnonymousUser", action: str = "view") -> Self:
        """Return the rows on which the user may do `action`: the right first, then the location.

        Drivers are masked on them unless the user may see drivers.

        `action` is the first part of a permission codename: view, change, export, command ...
        """
        meta = self.model._meta
        if not user.is_active or not user.has_perm(f"{meta.app_label}.{action}_{meta.model_name}"):
            return self.none()
        return self.at_locations_of(user).seen_by(user)

    def at_locations_of(self, user: "User | AnonymousUser") -> Self:
        """Return the rows at the user's locations, whatever the user's rights."""
        if isinstance(user, AnonymousUser):
            return self.none()
        path = getattr(self.model, "location_path", None)
        if path is None or not user.is_limited_to_locations:
            return self
        return self.filter(**{f"{path}__in": accessible_locations(user).values("pk")})


class LocationScoped(models.Model):
    """A model whose rows stand at a location; `location_path` is the look-up that leads there.

    `identity_fields` names the fields that tell who charged, each with what masks it.
    """

    location_path: ClassVar[str | None] = None
    identity_fields: ClassVar[dict[str, Mask]] = {}

    objects = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row. Raises TypeError for one that was masked, which would lose the driver."""
        if self.identity_fields and self.__dict__.get(HIDDEN):
            raise TypeError(f"{type(self).__name__} {self.pk} was masked for display.")
        super().save(*args, **kwargs)
