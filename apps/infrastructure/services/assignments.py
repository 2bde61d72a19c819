"""Assigning booked products to stations, and ending that (TEN-04)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.errors import AppError
from apps.infrastructure.models import ProductAssignment, Station
from apps.infrastructure.selectors.assignments import covering, unexpired
from apps.tenants.choices import PRODUCT_CHOICES
from apps.tenants.domain.products import Product
from apps.tenants.models import BookedProduct, Tenant

NAMES = dict(PRODUCT_CHOICES)


class NotBooked(AppError):
    code = "not_booked"
    message = _(
        "%(product)s is not booked for the whole period. Choose other days, or ask the platform "
        "operator to book it."
    )


class LimitReached(AppError):
    code = "limit_reached"
    message = _(
        "%(product)s is booked for %(limit)s charging stations; with these it would be %(wanted)s. "
        "End other assignments, or ask the platform operator for more."
    )


class StationsNotYours(AppError):
    code = "stations_not_yours"
    message = _("Some of the stations are not there, or you may not see them.")


@dataclass(frozen=True, slots=True)
class Period:
    """`first` None: assigned without a start (initial); `last` None: until further notice."""

    first: date | None
    last: date | None


@transaction.atomic
def assign_product(
    actor: User,
    tenant: Tenant,
    product: Product,
    station_ids: Collection[int],
    period: Period,
    *,
    today: date,
) -> int:
    """Assign the product to the stations that do not have it in that period; return how many.

    Raises PermissionDenied, StationsNotYours, NotBooked, LimitReached; then nothing is assigned.
    """
    if not actor.has_perm("infrastructure.add_productassignment"):
        raise PermissionDenied
    wanted = set(station_ids)
    stations = list(Station.objects.visible_to(actor).filter(pk__in=wanted).order_by("pk"))
    if len(stations) != len(wanted):
        raise StationsNotYours
    booking = lock_booking(tenant, product, period, today=today)
    having = set(
        covering(product, period.first, period.last, today=today)
        .filter(station__in=wanted)
        .values_list("station_id", flat=True)
    )
    new = [station for station in stations if station.pk not in having]
    check_limit(booking, {station.pk for station in new}, today=today)
    ProductAssignment.objects.bulk_create(
        ProductAssignment(
            station=station,
            product=product.value,
            starts_on=period.first,
            ends_on=period.last,
        )
        for station in new
    )
    return len(new)


@transaction.atomic
def ensure_assignment(
    tenant: Tenant, station: Station, product: Product, *, first: date, today: date
) -> None:
    """Assign the product from `first` until further notice unless the station has it then.

    For provisioning, which asks for no right. Raises NotBooked, LimitReached.
    """
    if covering(product, first, None, today=today).filter(station=station).exists():
        return
    booking = lock_booking(tenant, product, Period(first, None), today=today)
    check_limit(booking, {station.pk}, today=today)
    ProductAssignment.objects.create(station=station, product=product.value, starts_on=first)


@transaction.atomic
def change_period(
    actor: User, tenant: Tenant, assignment: ProductAssignment, *, today: date
) -> None:
    """Save changed days of an assignment. Raises PermissionDenied, NotBooked, LimitReached."""
    rows = ProductAssignment.objects.visible_to(actor, "change")
    if not rows.filter(pk=assignment.pk).exists():
        raise PermissionDenied
    product = Product(assignment.product)
    is_over = assignment.ends_on is not None and assignment.ends_on < today
    if not is_over:
        period = Period(assignment.starts_on, assignment.ends_on)
        booking = lock_booking(tenant, product, period, today=today)
        check_limit(booking, {assignment.station_id}, today=today)
    assignment.save()


def lock_booking(tenant: Tenant, product: Product, period: Period, *, today: date) -> BookedProduct:
    """Return the booking that covers the period; others who assign wait. Raises NotBooked."""
    first = period.first or today
    bookings = BookedProduct.objects.select_for_update(of=("self",)).filter(
        tenant=tenant, product=product.value
    )
    for booking in bookings.order_by("pk"):
        begins = booking.starts_on <= max(first, today)
        ends = booking.ends_on is None or (
            period.last is not None and period.last <= booking.ends_on
        )
        if begins and ends:
            return booking
    raise NotBooked("product", product=NAMES[product.value])


def check_limit(booking: BookedProduct, station_ids: set[int], *, today: date) -> None:
    """Raise LimitReached when with these stations more would have the product than are booked."""
    if booking.station_limit is None:
        return
    rows = unexpired(Product(booking.product), today=today)
    having = set(rows.values_list("station_id", flat=True))
    wanted = len(having | station_ids)
    if not station_ids <= having and wanted > booking.station_limit:
        raise LimitReached(
            "product",
            product=NAMES[booking.product],
            limit=booking.station_limit,
            wanted=wanted,
        )
