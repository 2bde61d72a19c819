"""Products assigned to stations, from a day to a day (TEN-04)."""

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import LocationScoped
from apps.core.models import TimeStamped
from apps.infrastructure.models.stations import Station
from apps.tenants.choices import PRODUCT_CHOICES
from apps.tenants.domain.products import AssignmentState, assignment_state


class ProductAssignment(TimeStamped, LocationScoped):
    """One product on one station; without a start it is initial. The last day belongs to it."""

    location_path = "station__location"

    station = models.ForeignKey(
        Station,
        on_delete=models.CASCADE,
        related_name="assignments",
        verbose_name=_("charging station"),
    )
    product = models.CharField(_("product"), max_length=30, choices=PRODUCT_CHOICES)
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)

    class Meta:
        ordering = ["station__charge_box_id", "product", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on=None) | models.Q(ends_on__gte=models.F("starts_on")),
                name="assignment_ends_after_start",
                violation_error_message=_("The end lies before the start."),
            ),
            models.UniqueConstraint(
                fields=["station", "product"],
                condition=models.Q(ends_on=None),
                name="assignment_open_once",
                violation_error_message=_("The product is assigned to this station already."),
            ),
        ]
        indexes = [models.Index(fields=["product", "ends_on"], name="assignment_by_product")]
        verbose_name = _("assigned product")
        verbose_name_plural = _("assigned products")

    def __str__(self) -> str:
        return str(self.get_product_display())

    def state_on(self, today: date) -> AssignmentState:
        """Return initial, pending, active or expired."""
        return assignment_state(self.starts_on, self.ends_on, today)
