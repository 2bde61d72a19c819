"""Products that a tenant booked with the platform operator (TEN-04)."""

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.bulk import WatchedQuerySet
from apps.core.models import TimeStamped
from apps.tenants.choices import PRODUCT_CHOICES
from apps.tenants.domain.products import BookingState, booking_state
from apps.tenants.models.tenants import Tenant


class BookedProduct(TimeStamped):
    """One product for a period; the last day belongs to it."""

    tenant = models.ForeignKey(
        Tenant, on_delete=models.CASCADE, related_name="booked_products", verbose_name=_("tenant")
    )
    product = models.CharField(_("product"), max_length=30, choices=PRODUCT_CHOICES)
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    station_limit = models.PositiveIntegerField(
        _("most charging stations"),
        null=True,
        blank=True,
        help_text=_("To how many stations it can be assigned at a time; empty: to any number."),
    )

    objects = WatchedQuerySet.as_manager()

    class Meta:
        ordering = ["tenant", "product", "starts_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "product", "starts_on"], name="booked_product_once_per_start"
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on=None) | models.Q(ends_on__gte=models.F("starts_on")),
                name="booked_product_ends_after_start",
                violation_error_message=_("The end lies before the start."),
            ),
        ]
        verbose_name = _("booked product")
        verbose_name_plural = _("booked products")

    def __str__(self) -> str:
        return str(self.get_product_display())

    def state_on(self, today: date) -> BookingState:
        """Return pending, active or expired."""
        return booking_state(self.starts_on, self.ends_on, today)
