"""The outbox: commands to stations, from the click to the station's answer (INF-15)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.domain.identity import masked_values
from apps.accounts.models import LocationScoped
from apps.infrastructure.choices import COMMAND_CHOICES, COMMAND_STATUS_CHOICES
from apps.infrastructure.models.stations import Station
from apps.vocabulary.commands import CommandStatus


class StationCommand(LocationScoped):
    """One command. The gateway that holds the socket takes it; exactly one does."""

    location_path = "station__location"
    identity_fields: ClassVar = {"parameters": masked_values, "answer": masked_values}

    station = models.ForeignKey(
        Station,
        on_delete=models.CASCADE,
        related_name="commands",
        verbose_name=_("charging station"),
        db_index=False,
    )
    command = models.CharField(_("command"), max_length=40, choices=COMMAND_CHOICES)
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    status = models.CharField(
        _("status"),
        max_length=20,
        choices=COMMAND_STATUS_CHOICES,
        default=CommandStatus.QUEUED.value,
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("requested by"),
    )
    requested_at = models.DateTimeField(_("requested at"))
    expires_at = models.DateTimeField(_("expires at"))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    # What the station said in one word (Accepted, Rejected, Scheduled, ...) and the whole answer.
    verdict = models.CharField(_("answer"), max_length=64, blank=True)
    answer = models.JSONField(_("whole answer"), null=True, blank=True)
    error_code = models.CharField(_("error"), max_length=64, blank=True)
    error_description = models.TextField(_("error description"), blank=True)

    class Meta:
        ordering = ["-requested_at", "-pk"]
        indexes = [
            models.Index(fields=["station", "-requested_at"], name="command_by_station"),
            models.Index(
                fields=["station", "requested_at"],
                condition=models.Q(status__in=["queued", "sent"]),
                name="command_open",
            ),
        ]
        verbose_name = _("command")
        verbose_name_plural = _("commands")

    def __str__(self) -> str:
        return str(self.get_command_display())
