"""Reading assigned products: what holds on a day, what is used, which gates are closed."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise

from apps.accounts.models import User
from apps.infrastructure.models import ProductAssignment, Station
from apps.tenants.choices import BOOKING_STATE_LABELS, GATE_LABELS, PRODUCT_CHOICES
from apps.tenants.domain.gates import OF_STATION, Gate, Missing, Remedy, missing_on_station
from apps.tenants.domain.products import AssignmentState, Product
from apps.tenants.models import BookedProduct, Tenant
from apps.tenants.selectors import booked_products

NAMES = dict(PRODUCT_CHOICES)


def not_over(today: date) -> Q:
    """Return the condition for assignments whose last day has not gone by."""
    return Q(ends_on=None) | Q(ends_on__gte=today)


def unexpired(product: Product, *, today: date) -> QuerySet[ProductAssignment]:
    """Return the assignments of a product that are not over; they count against the limit."""
    return ProductAssignment.objects.filter(not_over(today), product=product.value)


def covering(
    product: Product, first: date | None, last: date | None, *, today: date
) -> QuerySet[ProductAssignment]:
    """Return the assignments that share a day with the period."""
    rows = unexpired(product, today=first or today)
    return rows if last is None else rows.filter(Q(starts_on=None) | Q(starts_on__lte=last))


def in_state(
    rows: QuerySet[ProductAssignment], state: AssignmentState, today: date
) -> QuerySet[ProductAssignment]:
    """Return the assignments in the state, by the same rule as `assignment_state`."""
    if state is AssignmentState.INITIAL:
        return rows.filter(starts_on=None)
    begun = rows.filter(starts_on__lte=today)
    if state is AssignmentState.PENDING:
        return rows.filter(starts_on__gt=today)
    if state is AssignmentState.EXPIRED:
        return begun.filter(ends_on__lt=today)
    return begun.filter(not_over(today))


def assigned_products(station: Station, today: date) -> set[Product]:
    """Return the products that are active on the station on that day."""
    rows = in_state(station.assignments.all(), AssignmentState.ACTIVE, today)
    return {Product(name) for name in rows.values_list("product", flat=True)}


@dataclass(frozen=True, slots=True)
class GateState:
    """A gate of a station in words; `missing` is empty when it is open."""

    gate: Gate
    label: str | Promise
    missing: list[Missing]

    @property
    def names(self) -> str:
        return ", ".join(NAMES[missing.product.value] for missing in self.missing)

    @property
    def needs_booking(self) -> bool:
        return any(missing.remedy is Remedy.BOOK for missing in self.missing)


def station_gates(station: Station, tenant: Tenant, today: date) -> list[GateState]:
    """Return what the station's products open and what keeps the rest closed."""
    assigned, booked = assigned_products(station, today), booked_products(tenant, today)
    return [
        GateState(
            gate, GATE_LABELS[gate], missing_on_station(gate, assigned=assigned, booked=booked)
        )
        for gate in OF_STATION
    ]


def bookings_in_use(tenant: Tenant, user: User, today: date) -> list[dict[str, Any]]:
    """Return the tenant's bookings: `[{"booking", "state", "used"}]`.

    `used`: by how many of the stations that the user sees.
    """
    seen = ProductAssignment.objects.visible_to(user).filter(not_over(today))
    used = dict(
        seen.order_by()
        .values("product")
        .annotate(stations=Count("station", distinct=True))
        .values_list("product", "stations")
    )
    return [
        {
            "booking": booking,
            "state": BOOKING_STATE_LABELS[booking.state_on(today)],
            "used": used.get(booking.product, 0),
        }
        for booking in BookedProduct.objects.filter(tenant=tenant).order_by("product", "starts_on")
    ]
