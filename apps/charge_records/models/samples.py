"""Meter values. Written by COPY in the gateway's fast lane, hence no foreign keys to check."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MeterSample(models.Model):
    """One sampled value of the session (station_id, transaction_id); energy in Wh, power in W."""

    station_id = models.BigIntegerField(_("charging station"))
    connector_number = models.PositiveIntegerField(_("connector number"))
    transaction_id = models.BigIntegerField(_("transaction"), null=True, blank=True)
    sampled_at = models.DateTimeField(_("sampled at"))
    received_at = models.DateTimeField(_("received at"))
    measurand = models.TextField(_("measurand"))
    phase = models.TextField(_("phase"), blank=True)
    context = models.TextField(_("context"), blank=True)
    location = models.TextField(_("place of measurement"), blank=True)
    unit = models.TextField(_("unit"), blank=True)
    value = models.DecimalField(_("value"), max_digits=30, decimal_places=6, null=True, blank=True)
    # As sent; signed values stand here byte for byte.
    raw_value = models.TextField(_("raw value"), blank=True)
    is_signed = models.BooleanField(_("signed"), default=False)

    class Meta:
        ordering = ["sampled_at", "pk"]
        indexes = [
            models.Index(
                fields=["station_id", "transaction_id", "sampled_at"], name="sample_by_session"
            ),
        ]
        default_permissions = ()
        verbose_name = _("meter value")
        verbose_name_plural = _("meter values")

    def __str__(self) -> str:
        return f"{self.measurand} {self.value} {self.unit}"
