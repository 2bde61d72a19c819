"""Access of platform operators to a tenant's portal, and archives of a tenant's data."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.bulk import WatchedQuerySet
from apps.tenants.choices import ArchiveState
from apps.tenants.models.tenants import Tenant


class SupportAccess(models.Model):
    """One operator may enter one portal for a reason and a while; its people see that."""

    tenant = models.ForeignKey(
        Tenant,
        on_delete=models.CASCADE,
        related_name="support_accesses",
        verbose_name=_("tenant"),
    )
    # Names as they were: the operator's account may go.
    operator = models.EmailField(_("operator"), max_length=254)
    reason = models.CharField(_("reason"), max_length=300)
    begins_at = models.DateTimeField(_("begins at"))
    ends_at = models.DateTimeField(_("ends at"))
    entered_at = models.DateTimeField(_("entered at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ended_by = models.CharField(_("ended by"), max_length=254, blank=True)

    objects = WatchedQuerySet.as_manager()

    class Meta:
        ordering = ["-begins_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant"],
                condition=models.Q(ended_at=None),
                name="support_access_one_at_a_time",
            )
        ]
        verbose_name = _("support access")
        verbose_name_plural = _("support access")

    def __str__(self) -> str:
        return self.operator

    def is_open(self, now: datetime) -> bool:
        """Say whether the operator may be in the portal."""
        return self.ended_at is None and now < self.ends_at


class DataArchive(models.Model):
    """All data of one tenant in one file, made in the background; the file goes after a while."""

    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, related_name="archives", verbose_name=_("tenant")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=ArchiveState.choices, default=ArchiveState.QUEUED
    )
    asked_by = models.EmailField(_("asked for by"), max_length=254)
    asked_at = models.DateTimeField(_("asked for at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    path = models.CharField(max_length=200, blank=True)
    size = models.BigIntegerField(_("size"), null=True, blank=True)
    tables = models.PositiveIntegerField(_("tables"), null=True, blank=True)
    rows = models.BigIntegerField(_("rows"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True)

    objects = WatchedQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        verbose_name = _("data archive")
        verbose_name_plural = _("data archives")

    def __str__(self) -> str:
        return f"{self.tenant} {self.asked_at:%Y-%m-%d}"
