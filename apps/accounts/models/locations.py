"""Sites of a tenant; users can be limited to some of them (ACC-03)."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models.scope import LocationScoped, with_parts
from apps.core.models import TimeStamped

MAX_LEVELS = 3
"""A site, a part of it, a part of that; look-ups by location join as often, and no further."""


class Location(TimeStamped, LocationScoped):
    """A site. `access_location`, granted per location by guardian, lets a limited user see it."""

    location_path = "pk"

    name = models.CharField(_("name"), max_length=120, unique=True)
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("part of"),
        help_text=_("Who may see a location also sees what is part of it."),
    )
    street = models.CharField(_("street"), max_length=200, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    country = models.CharField(_("country"), max_length=2, default="DE")
    time_zone = models.CharField(_("time zone"), max_length=64, default="Europe/Berlin")

    class Meta:
        ordering = ["name"]
        permissions = [
            ("access_location", _("Can see what stands at the location")),
            ("export_location", _("Can export locations")),
            ("import_location", _("Can import locations")),
        ]
        verbose_name = _("location")
        verbose_name_plural = _("locations")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a place in the tree that makes a ring or a fourth level."""
        super().clean()
        if self.parent is None:
            return
        above = self.parent.chain()
        if self.pk is not None and self.pk in {location.pk for location in above}:
            raise ValidationError(
                {"parent": _("A location cannot be part of itself or of what is part of it.")}
            )
        if len(above) + self.height() > MAX_LEVELS:
            raise ValidationError(
                {"parent": _("There can be three levels of locations, not more.")}
            )

    def chain(self) -> "list[Location]":
        """Return the location and what it is part of, innermost first."""
        found: list[Location] = []
        place: Location | None = self
        while place is not None and len(found) <= MAX_LEVELS:
            found.append(place)
            place = place.parent
        return found

    @classmethod
    def with_parts(cls, ids: Iterable[Any]) -> models.QuerySet["Location"]:
        """Return the locations of these ids and all that is part of them."""
        return cls.objects.filter(with_parts(list(ids)))

    def height(self) -> int:
        """Return how many levels the location makes with what is part of it: 1 without any."""
        if self.pk is None or not self.children.exists():
            return 1
        return 3 if Location.objects.filter(parent__parent=self).exists() else 2
