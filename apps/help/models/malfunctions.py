"""What the platform operator tells of malfunctions and maintenance (public schema).

Texts are kept by language: {"en": "Chargers cannot connect", "de": ...}; English is always there.
"""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.bulk import WatchedQuerySet
from apps.core.models import TimeStamped
from apps.help.choices import COMPONENT_LABELS, KIND_CHOICES, SEVERITY_CHOICES, STAGE_CHOICES
from apps.help.domain.malfunctions import Kind, Phase, Severity, phase
from apps.help.models.audience import ForTenants, ForTenantsQuerySet


class MalfunctionQuerySet(ForTenantsQuerySet):
    def unresolved(self) -> "MalfunctionQuerySet":
        return self.filter(resolved_at=None)


class Malfunction(TimeStamped, ForTenants):
    """A malfunction, or planned maintenance; what happens to it stands in its updates."""

    kind = models.CharField(
        _("kind"), max_length=20, choices=KIND_CHOICES, default=Kind.MALFUNCTION.value
    )
    titles = models.JSONField(_("title"))
    severity = models.CharField(
        _("severity"), max_length=20, choices=SEVERITY_CHOICES, default=Severity.MAJOR.value
    )
    components = models.JSONField(_("affected"), default=list)
    began_at = models.DateTimeField(_("since"))
    ends_at = models.DateTimeField(
        _("planned until"), null=True, blank=True, help_text=_("Of planned maintenance only.")
    )
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True, editable=False)
    told_at = models.DateTimeField(_("last update"), editable=False)

    list_labels: ClassVar = {"components": COMPONENT_LABELS}
    """What the audit trail says for the values of a list."""

    objects = MalfunctionQuerySet.as_manager()

    class Meta:
        ordering = ["-began_at", "-pk"]
        indexes = [
            models.Index(
                fields=["began_at"],
                name="help_malfunction_open",
                condition=models.Q(resolved_at=None),
            ),
            models.Index(fields=["-began_at", "-id"], name="help_malfunction_newest"),
        ]
        verbose_name = _("malfunction")
        verbose_name_plural = _("malfunctions")

    def __str__(self) -> str:
        return str(self.titles.get("en", ""))

    def phase_at(self, now: datetime) -> Phase:
        """Return whether it is ahead, active or over."""
        return phase(
            Kind(self.kind),
            began_at=self.began_at,
            ends_at=self.ends_at,
            resolved_at=self.resolved_at,
            now=now,
        )


class MalfunctionUpdate(models.Model):
    """What was told at a moment; written once, since people have read it."""

    malfunction = models.ForeignKey(
        Malfunction,
        on_delete=models.CASCADE,
        related_name="updates",
        verbose_name=_("malfunction"),
    )
    at = models.DateTimeField(_("at"))
    stage = models.CharField(_("stage"), max_length=20, choices=STAGE_CHOICES)
    texts = models.JSONField(_("text"))
    written_by = models.CharField(_("written by"), max_length=254)

    objects = WatchedQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("update")
        verbose_name_plural = _("updates")

    def __str__(self) -> str:
        return str(self.texts.get("en", ""))[:60]
