"""Activations: attempts to charge, live, from authentication to the receipt (CDR-08)."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.domain.identity import masked
from apps.accounts.models import LocationScoped
from apps.charge_records.choices import (
    ACTIVATION_STATE_CHOICES,
    ERROR_CLASS_CHOICES,
    Medium,
    Refusal,
)
from apps.charge_records.models.sessions import ChargingSession
from apps.infrastructure.models import ChargePoint, Station


class Activation(LocationScoped):
    """One attempt: how far it got and why not further. It is not the charge record."""

    location_path = "station__location"
    identity_fields: ClassVar = {"id_tag": masked, "emaid": masked}

    station = models.ForeignKey(
        Station,
        on_delete=models.PROTECT,
        related_name="activations",
        verbose_name=_("charging station"),
        db_index=False,
    )
    charge_point = models.ForeignKey(
        ChargePoint,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="activations",
        verbose_name=_("charge point"),
    )
    session = models.OneToOneField(
        ChargingSession,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="activation",
        verbose_name=_("charging session"),
    )
    state = models.CharField(_("state"), max_length=20, choices=ACTIVATION_STATE_CHOICES)
    medium = models.CharField(
        _("authentication medium"), max_length=20, choices=Medium.choices, default=Medium.UNKNOWN
    )
    id_tag = models.CharField(_("RFID number"), max_length=255)
    emaid = models.CharField(_("EMAID"), max_length=18, blank=True)
    refusal = models.CharField(_("refusal"), max_length=30, choices=Refusal.choices, blank=True)
    error_class = models.CharField(
        _("error"), max_length=40, choices=ERROR_CLASS_CHOICES, blank=True
    )
    began_at = models.DateTimeField(_("began"))
    authorized_at = models.DateTimeField(_("authorised at"), null=True, blank=True)
    started_at = models.DateTimeField(_("charging since"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    completed_at = models.DateTimeField(_("receipt at"), null=True, blank=True)
    # The day on which it counts in the roll-up: its record's, else that of its begin at the
    # location. None while it is under way, and until it was counted.
    counted_on = models.DateField(_("counted on"), null=True, blank=True)
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        ordering = ["-began_at", "-pk"]
        indexes = [
            models.Index(fields=["-began_at", "-id"], name="activation_by_begin"),
            models.Index(fields=["station", "-began_at"], name="activation_by_station"),
            models.Index(
                fields=["station", "id_tag"],
                condition=models.Q(state="authorized"),
                name="activation_awaiting_start",
            ),
            models.Index(fields=["counted_on"], name="activation_by_count"),
            models.Index(
                fields=["began_at"],
                condition=models.Q(state__in=["failed", "refused"], counted_on=None),
                name="activation_uncounted",
            ),
        ]
        verbose_name = _("activation")
        verbose_name_plural = _("activations")

    def __str__(self) -> str:
        return f"{self.id_tag} {timezone.localtime(self.began_at):%Y-%m-%d %H:%M}"
