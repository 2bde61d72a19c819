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
    """Say which products the gate is closed for and who books them."""
    between = " / " if gate in ANY_OPENS else ", "
    products = between.join(NAMES[one.product.value] for one in missing)
    return " ".join(
        (
            _("Missing: %(products)s.") % {"products": products},
            _("Ask the platform operator to book it."),
        )
    )


def notice(request: HttpRequest, gate: Gate | None) -> str:
    """Return why the gate is closed to the tenant of the request, "" where it is open.

    Asked of the database once for each request.
    """
    if gate is None:
        return ""
    known: dict[Gate, str] = request.__dict__.setdefault("closed_gates", {})
    if gate not in known:
        missing = missing_products(gate, timezone.localdate())
        known[gate] = closed_in_words(gate, missing) if missing else ""
    return known[gate]


def closed_in_words(gate: Gate, missing: Iterable[Missing]) -> str:
    """Return a whole sentence for a page: "Managing EMAIDs: not included. Missing: EMAID. ..."."""
    closed = _("%(subject)s: not included.") % {"subject": GATE_LABELS[gate]}
    return f"{closed} {sentence(gate, missing)}"


def require(request: HttpRequest, gate: Gate | None) -> None:
    """Raise GateClosed unless the gate is open."""
    if reason := notice(request, gate):
        raise GateClosed(reason)
