"""For whom something of the platform operator is meant: for all tenants, or for some."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.bulk import WatchedQuerySet
from apps.tenants.models import Tenant


class ForTenantsQuerySet(WatchedQuerySet):
    def meant_for(self, tenant: Tenant) -> Self:
        """Return the rows that the people of this tenant may see."""
        chosen = self.model.tenants.through.objects.filter(tenant=tenant)  # type: ignore[attr-defined]
        owner = f"{self.model._meta.model_name}_id"
        return self.filter(models.Q(is_for_all=True) | models.Q(pk__in=chosen.values(owner)))


class ForTenants(models.Model):
    """A row of the public schema; nobody chosen and not for all: nobody sees it."""

    is_for_all = models.BooleanField(_("for all tenants"), default=True)
    tenants = models.ManyToManyField(
        Tenant,
        blank=True,
        related_name="+",
        verbose_name=_("tenants"),
        help_text=_("Who sees it, where it is not for all."),
    )

    class Meta:
        abstract = True
