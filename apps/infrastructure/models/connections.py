"""Presence: which gateway holds a station's socket. A hot row of its own beside the master data."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import LocationScoped
from apps.infrastructure.models.stations import Station


class StationConnection(LocationScoped):
    """One row per station. The higher epoch is the newer socket and wins; the older is closed."""

    location_path = "station__location"

    station = models.OneToOneField(
        Station,
        on_delete=models.CASCADE,
        related_name="connection",
        primary_key=True,
        verbose_name=_("charging station"),
    )
    is_online = models.BooleanField(_("online"), default=False, db_index=True)
    epoch = models.BigIntegerField(_("epoch"), default=0)
    connection_id = models.UUIDField(_("connection"), null=True, blank=True)
    gateway_id = models.CharField(_("gateway"), max_length=64, blank=True)
    subprotocol = models.CharField(_("subprotocol"), max_length=40, blank=True)
    remote_address = models.CharField(_("address"), max_length=64, blank=True)
    connected_at = models.DateTimeField(_("connected at"), null=True, blank=True)
    disconnected_at = models.DateTimeField(_("disconnected at"), null=True, blank=True)
    last_message_at = models.DateTimeField(_("last communication"), null=True, blank=True)

    class Meta:
        verbose_name = _("connection")
        verbose_name_plural = _("connections")

    def __str__(self) -> str:
        return f"{self.station_id} #{self.epoch}"
