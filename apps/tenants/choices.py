"""Labels of the tenants' choices."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.tenants.domain.gates import Gate
from apps.tenants.domain.hosts import CheckFailure, HostFault
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


HOST_FAULT_LABELS = {
    HostFault.NO_NAME: _("Use a host name without port, for example charging.example.com."),
    HostFault.ADDRESS: _("This is an address. Use a host name, for example charging.example.com."),
    HostFault.SINGLE_WORD: _("Use a full host name, for example charging.example.com."),
    HostFault.SPECIAL: _("Names with this ending lead nowhere on the internet. Use another one."),
    HostFault.RESERVED: _("The platform keeps this host for itself. Choose another host name."),
}

CHECK_FAILURE_LABELS = {
    CheckFailure.UNKNOWN_NAME: _("The name is not known. Set it in DNS, and wait until it is."),
    CheckFailure.INNER_ADDRESS: _("The name leads to an address that is not public."),
    CheckFailure.NO_ANSWER: _("Nobody answers there on the port for HTTP."),
    CheckFailure.ELSEWHERE: _("The name leads somewhere else. Correct its entry in DNS."),
}


class TenantKind(models.TextChoices):
    """What a schema is for: a customer, the console, or the template of new ones."""

    CUSTOMER = "customer", _("Customer")
    PLATFORM = "platform", _("Platform")
    TEMPLATE = "template", _("Template")


class LegalKind(models.TextChoices):
    """What the law asks a tenant to say to the public."""

    IMPRINT = "imprint", _("Imprint")
    PRIVACY = "privacy", _("Privacy policy")


class ArchiveState(models.TextChoices):
    """How far an archive of a tenant's data is."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("In progress")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    GONE = "gone", _("File deleted")
