"""Roll-ups kept up to date by settlement, so that the dashboard never sums raw rows (CDR-09)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Location, LocationScoped


class DailyTotal(LocationScoped):
    """Plausible sessions and energy of a location on one day (local day of the end)."""

    location_path = "location"

    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        related_name="daily_totals",
        verbose_name=_("location"),
        db_index=False,
    )
    day = models.DateField(_("day"))
    sessions = models.PositiveIntegerField(_("sessions"), default=0)
    implausible_sessions = models.PositiveIntegerField(_("implausible sessions"), default=0)
    counted_errors = models.PositiveIntegerField(_("errors"), default=0)
    energy_wh = models.BigIntegerField(_("energy (Wh)"), default=0)

    class Meta:
        ordering = ["-day"]
        constraints = [
            models.UniqueConstraint(fields=["location", "day"], name="daily_total_once"),
        ]
        indexes = [models.Index(fields=["day"], name="daily_total_by_day")]
        verbose_name = _("daily total")
        verbose_name_plural = _("daily totals")

    def __str__(self) -> str:
        return f"{self.location_id} {self.day}"
