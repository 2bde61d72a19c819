"""Labels of the tenants' choices."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.tenants.domain.gates import Gate
from apps.tenants.domain.products import BookingState, Product

PRODUCT_CHOICES = [
    (Product.EOPERATE_BASIC.value, "eOperate Basic"),
    (Product.EOPERATE_PROFESSIONAL.value, "eOperate Professional"),
    (Product.EMARKETPLACE_CPO.value, "eMarketplace CPO"),
    (Product.EMARKETPLACE_EMP.value, "eMarketplace EMP"),
    (Product.EMAID.value, "EMAID"),
]

BOOKING_STATE_LABELS = {
    BookingState.PENDING: _("Pending"),
    BookingState.ACTIVE: _("Active"),
    BookingState.EXPIRED: _("Expired"),
}

GATE_LABELS = {
    Gate.CARD_ACTIVATION: _("Charging with RFID cards and EMAIDs"),
    Gate.ROAMING: _("Roaming"),
    Gate.DIRECT_PAYMENT: _("Direct payment"),
    Gate.EMAID_MANAGEMENT: _("Managing EMAIDs"),
    Gate.ROAMING_EMAID: _("Roaming with own EMAIDs"),
    Gate.PRICES: _("Prices and tariffs"),
}


class TenantKind(models.TextChoices):
    """What a schema is for: a customer, the console, or the template of new ones."""

    CUSTOMER = "customer", _("Customer")
    PLATFORM = "platform", _("Platform")
    TEMPLATE = "template", _("Template")


class ArchiveState(models.TextChoices):
    """How far an archive of a tenant's data is."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("In progress")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    GONE = "gone", _("File deleted")
