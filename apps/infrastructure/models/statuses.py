"""Status timeline: what connectors reported, when (INF-07)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import LocationScoped
from apps.infrastructure.models.stations import Station


class StatusChange(LocationScoped):
    """A report of a connector (0: the station) that differed from the one before (by COPY)."""

    location_path = "station__location"

    station = models.ForeignKey(
        Station,
        on_delete=models.CASCADE,
        related_name="status_changes",
        verbose_name=_("charging station"),
        db_index=False,
    )
    connector_number = models.PositiveIntegerField(_("connector number"))
    status = models.CharField(_("status"), max_length=64)
    error_code = models.CharField(_("error"), max_length=255, blank=True)
    info = models.TextField(_("information"), blank=True)
    vendor_error_code = models.CharField(_("manufacturer's error code"), max_length=255, blank=True)
    reported_at = models.DateTimeField(_("reported at"))
    received_at = models.DateTimeField(_("received at"))

    class Meta:
        ordering = ["-reported_at", "-pk"]
        indexes = [models.Index(fields=["station", "-reported_at"], name="status_change_timeline")]
        verbose_name = _("status change")
        verbose_name_plural = _("status changes")

    def __str__(self) -> str:
        return f"{self.connector_number}: {self.status}"
