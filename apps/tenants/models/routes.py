"""Charge box id → tenant: what a charger needs before any tenant is known (public schema)."""

from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from apps.tenants.models.tenants import Tenant


class ChargeBoxRoute(models.Model):
    """One charger. Ids are unique on the platform whatever their case (INF-02).

    A trigger NOTIFYs `charge_box_routes` on every change: caches of all processes forget it.
    """

    charge_box_id = models.CharField(_("Chargebox ID"), max_length=48)
    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, related_name="charge_box_routes", verbose_name=_("tenant")
    )
    station_pk = models.BigIntegerField(_("station"))

    class Meta:
        constraints = [
            models.UniqueConstraint(Upper("charge_box_id"), name="charge_box_id_unique_any_case"),
            models.UniqueConstraint(
                fields=["tenant", "station_pk"], name="charge_box_route_once_per_station"
            ),
        ]
        verbose_name = _("charge box route")
        verbose_name_plural = _("charge box routes")

    def __str__(self) -> str:
        return self.charge_box_id
