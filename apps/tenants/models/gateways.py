"""Gateway processes that are alive (public schema): what the sweeper of presence goes by."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class GatewayProcess(models.Model):
    """One process that holds sockets of chargers; it renews `beat_at` every few seconds."""

    gateway_id = models.CharField(_("gateway"), max_length=64, primary_key=True)
    started_at = models.DateTimeField(_("started at"))
    beat_at = models.DateTimeField(_("last sign of life"))
    connections = models.PositiveIntegerField(_("connections"), default=0)

    class Meta:
        ordering = ["gateway_id"]
        verbose_name = _("gateway")
        verbose_name_plural = _("gateways")

    def __str__(self) -> str:
        return self.gateway_id
