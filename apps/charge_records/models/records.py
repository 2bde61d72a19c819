"""Charge records: what is billed. Made by settlement only; nobody adds, edits or deletes one."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.domain.identity import masked
from apps.accounts.models import LocationScoped
from apps.charge_records.choices import (
    BDR_DETAIL_CHOICES,
    BDR_MAIN_CHOICES,
    EKA_CHOICES,
    ERROR_CLASS_CHOICES,
    Medium,
)
from apps.charge_records.models.sessions import ChargingSession
from apps.infrastructure.models import ChargePoint, Station


class ChargeRecord(LocationScoped):
    """One finished session as billed, with its status and every finding (CDR-01 to CDR-06)."""

    location_path = "station__location"
    identity_fields: ClassVar = {"id_tag": masked, "emaid": masked}

    session = models.OneToOneField(
        ChargingSession,
        on_delete=models.PROTECT,
        related_name="record",
        verbose_name=_("charging session"),
    )
    station = models.ForeignKey(
        Station,
        on_delete=models.PROTECT,
        related_name="charge_records",
        verbose_name=_("charging station"),
        db_index=False,
    )
    charge_point = models.ForeignKey(
        ChargePoint,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="charge_records",
        verbose_name=_("charge point"),
        db_index=False,
    )
    started_at = models.DateTimeField(_("start"))
    ended_at = models.DateTimeField(_("end"))
    duration_s = models.BigIntegerField(_("duration (s)"))
    energy_wh = models.BigIntegerField(_("energy (Wh)"))
    medium = models.CharField(_("authentication medium"), max_length=20, choices=Medium.choices)
    id_tag = models.CharField(_("RFID number"), max_length=255, blank=True)
    emaid = models.CharField(_("EMAID"), max_length=18, blank=True)
    bdr_main = models.CharField(_("BDR status"), max_length=40, choices=BDR_MAIN_CHOICES)
    bdr_detail = models.CharField(
        _("detailed status"), max_length=40, choices=BDR_DETAIL_CHOICES, blank=True
    )
    # Every finding by its code, in the order of evaluation; the first one is shown.
    findings = models.JSONField(_("findings"), default=list, blank=True)
    eka = models.CharField(_("EKA status"), max_length=20, choices=EKA_CHOICES)
    error_class = models.CharField(
        _("error"), max_length=40, choices=ERROR_CLASS_CHOICES, blank=True
    )
    # Configured power at the time of the evaluation: a later change does not alter the verdict.
    configured_power_w = models.PositiveIntegerField(_("configured power (W)"), null=True)
    settled_at = models.DateTimeField(_("evaluated at"))
    # The day on which it counts in the roll-up: that of its start at the location.
    counted_on = models.DateField(_("counted on"), null=True, blank=True)

    class Meta:
        ordering = ["-started_at", "-pk"]
        indexes = [
            models.Index(fields=["-started_at", "-id"], name="record_by_start"),
            models.Index(fields=["station", "-started_at"], name="record_by_station"),
            models.Index(fields=["charge_point", "-started_at"], name="record_by_charge_point"),
            models.Index(fields=["bdr_main", "-started_at"], name="record_by_bdr"),
            models.Index(fields=["counted_on"], name="record_by_count"),
        ]
        permissions = [
            ("export_chargerecord", _("Can export charge records")),
            ("check_chargerecord", _("Can check charge records by calibration law")),
            ("exclude_chargerecord", _("Can exclude charge records and give them as goodwill")),
            ("evaluate_chargerecord", _("Can evaluate charge records again")),
        ]
        verbose_name = _("charge record")
        verbose_name_plural = _("charge records")

    def __str__(self) -> str:
        return f"{self.station.charge_box_id} {timezone.localtime(self.started_at):%Y-%m-%d %H:%M}"
