"""The message log: every frame both ways, a request in one row with its answer (INF-14)."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.domain.identity import masked_frame
from apps.accounts.models import LocationScoped
from apps.infrastructure.models import Station


class Direction(models.TextChoices):
    FROM_STATION = "in", _("From the station")
    TO_STATION = "out", _("To the station")


class Outcome(models.TextChoices):
    RESULT = "result", _("Answered")
    ERROR = "error", _("Error")
    NONE = "none", _("No answer")


class MessageExchange(LocationScoped):
    """One request and its answer, as sent; incoming rows by COPY in the answering commit."""

    location_path = "station__location"
    identity_fields: ClassVar = {"request": masked_frame, "answer": masked_frame}

    station = models.ForeignKey(
        Station,
        on_delete=models.CASCADE,
        related_name="exchanges",
        verbose_name=_("charging station"),
        db_index=False,
        db_constraint=False,
    )
    connection_id = models.UUIDField(_("connection"))
    direction = models.CharField(_("direction"), max_length=3, choices=Direction.choices)
    message_id = models.TextField(_("message id"), blank=True)
    action = models.TextField(_("message"), blank=True)
    request = models.TextField(_("request"), blank=True)
    requested_at = models.DateTimeField(_("time"))
    answer = models.TextField(_("answer"), blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    outcome = models.CharField(
        _("outcome"), max_length=6, choices=Outcome.choices, default=Outcome.NONE
    )
    error_code = models.TextField(_("error"), blank=True)
    # What had to be forgiven, and what the schema said.
    flags = models.JSONField(_("remarks"), default=list, blank=True)

    class Meta:
        ordering = ["-requested_at", "-pk"]
        indexes = [
            models.Index(fields=["station", "-requested_at", "-id"], name="exchange_by_station"),
            models.Index(fields=["-requested_at", "-id"], name="exchange_by_time"),
        ]
        verbose_name = _("OCPP message")
        verbose_name_plural = _("OCPP messages")

    def __str__(self) -> str:
        return f"{self.action} {self.message_id}"
