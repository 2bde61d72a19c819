"""Pages of what a tenant has to book first (TEN-04): they say what is missing and whom to ask."""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.tenants.choices import GATE_LABELS, PRODUCT_CHOICES
from apps.tenants.domain.gates import ANY_OPENS, Gate, Missing
from apps.tenants.selectors import missing_products

NAMES = dict(PRODUCT_CHOICES)


class GateClosed(PermissionDenied):
    """Refused for want of a product; the page of the refusal shows the message."""


def sentence(gate: Gate, missing: Iterable[Missing]) -> str:
    """Say what the gate lets through, which products are missing and who books them."""
    between = " / " if gate in ANY_OPENS else ", "
    products = between.join(NAMES[one.product.value] for one in missing)
    parts = (
        f"{GATE_LABELS[gate]}:",
        _("Missing: %(products)s.") % {"products": products},
        _("Ask the platform operator to book it."),
    )
    return " ".join(parts)


def notice(request: HttpRequest, gate: Gate | None) -> str:
    """Return why the gate is closed to the tenant of the request, "" where it is open.

    Asked of the database once for each request.
    """
    if gate is None:
        return ""
    known: dict[Gate, str] = request.__dict__.setdefault("closed_gates", {})
    if gate not in known:
        missing = missing_products(gate, timezone.localdate())
        known[gate] = sentence(gate, missing) if missing else ""
    return known[gate]


def require(request: HttpRequest, gate: Gate | None) -> None:
    """Raise GateClosed unless the gate is open."""
    if reason := notice(request, gate):
        raise GateClosed(reason)
