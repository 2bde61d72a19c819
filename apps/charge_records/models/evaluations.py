"""Judgements of charge records and what people said of them; rows are added, never changed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import LocationScoped
from apps.charge_records.choices import (
    BDR_DETAIL_CHOICES,
    BDR_MAIN_CHOICES,
    EKA_CHOICES,
    ERROR_CLASS_CHOICES,
    EVALUATION_CAUSE_CHOICES,
    MARK_CHOICES,
)
from apps.charge_records.models.records import ChargeRecord


class RecordMark(LocationScoped):
    """Somebody excluded a record, gave it as goodwill, or took that back; the newest step holds.

    The database lets none be changed or deleted. Names stand here as they were: who it was may be
    gone, hence no foreign key.
    """

    location_path = "record__station__location"

    record = models.ForeignKey(
        ChargeRecord,
        on_delete=models.PROTECT,
        related_name="marks",
        verbose_name=_("charge record"),
        db_index=False,
    )
    mark = models.CharField(_("mark"), max_length=20, choices=MARK_CHOICES)
    # False: it was taken back.
    is_set = models.BooleanField(_("set"))
    reason = models.TextField(_("reason"))
    made_at = models.DateTimeField(_("when"))
    actor_id = models.BigIntegerField(_("person"), null=True, blank=True)
    actor_name = models.CharField(_("who"), max_length=254, blank=True)

    class Meta:
        ordering = ["record", "pk"]
        indexes = [models.Index(fields=["record", "id"], name="record_mark_by_record")]
        default_permissions = ()
        verbose_name = _("mark of a charge record")
        verbose_name_plural = _("marks of charge records")

    def __str__(self) -> str:
        return f"{self.record_id} {self.mark} {self.is_set}"


class Evaluation(LocationScoped):
    """One judgement of a record: what it said from then on; the newest is what the record says.

    The database lets none be changed or deleted. `mark`: the step that caused it, where one did.
    """

    location_path = "record__station__location"

    record = models.ForeignKey(
        ChargeRecord,
        on_delete=models.PROTECT,
        related_name="evaluations",
        verbose_name=_("charge record"),
        db_index=False,
    )
    made_at = models.DateTimeField(_("when"))
    cause = models.CharField(_("cause"), max_length=20, choices=EVALUATION_CAUSE_CHOICES)
    mark = models.ForeignKey(
        RecordMark,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("mark"),
        db_index=False,
    )
    actor_id = models.BigIntegerField(_("person"), null=True, blank=True)
    actor_name = models.CharField(_("who"), max_length=254, blank=True)
    bdr_main = models.CharField(_("BDR status"), max_length=40, choices=BDR_MAIN_CHOICES)
    bdr_detail = models.CharField(
        _("detailed status"), max_length=40, choices=BDR_DETAIL_CHOICES, blank=True
    )
    findings = models.JSONField(_("findings"), default=list, blank=True)
    eka = models.CharField(_("EKA status"), max_length=20, choices=EKA_CHOICES)
    error_class = models.CharField(
        _("error"), max_length=40, choices=ERROR_CLASS_CHOICES, blank=True
    )
    energy_wh = models.BigIntegerField(_("energy (Wh)"))
    configured_power_w = models.PositiveIntegerField(_("configured power (W)"), null=True)

    class Meta:
        ordering = ["record", "pk"]
        indexes = [models.Index(fields=["record", "id"], name="evaluation_by_record")]
        default_permissions = ()
        verbose_name = _("evaluation of a charge record")
        verbose_name_plural = _("evaluations of charge records")

    def __str__(self) -> str:
        return f"{self.record_id} {self.bdr_main} {self.bdr_detail}".strip()
