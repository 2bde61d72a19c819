"""Sites of a tenant; users can be limited to some of them (ACC-03)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models.scope import LocationScoped
from apps.core.models import TimeStamped


class Location(TimeStamped, LocationScoped):
    """A site. `access_location`, granted per location by guardian, lets a limited user see it."""

    location_path = "pk"

    name = models.CharField(_("name"), max_length=120, unique=True)
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
