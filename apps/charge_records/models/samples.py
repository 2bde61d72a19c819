"""Meter values. Written by COPY in the gateway's fast lane, hence no foreign keys to check."""

from django.db import models
from django.db.models import F, Func
from django.utils.translation import gettext_lazy as _

# Of an instant of a session: what was measured, and what came out. Hashed, for signed values are
# longer than an index takes.
CONTENT = ("measurand", "phase", "context", "location", "unit", "raw_value")


class ContentHash(Func):
    """64 bits of the texts, by PostgreSQL (`hashtextextended`)."""

    template = "hashtextextended(%(expressions)s, 0)"
    arg_joiner = " || ' ' || "
    output_field = models.BigIntegerField()


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
        constraints = [
            # Told again, with whatever message id and on whatever socket, a sample is the same one.
            # Its first columns also find the samples of a session.
            models.UniqueConstraint(
                "station_id",
                "transaction_id",
                "sampled_at",
                "connector_number",
                ContentHash(*[F(name) for name in CONTENT]),
                name="sample_once",
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index(
                fields=["station_id", "transaction_id"],
                condition=models.Q(is_signed=True),
                name="sample_signed_by_session",
            ),
        ]
        default_permissions = ()
        verbose_name = _("meter value")
        verbose_name_plural = _("meter values")

    def __str__(self) -> str:
        return f"{self.measurand} {self.value} {self.unit}"
