"""Reading tenants, brands and bookings."""

from datetime import date, datetime

from django.db import connection
from django.db.models import Q

from apps.core.schemas import current_schema
from apps.tenants.domain.products import Product
from apps.tenants.models import BookedProduct, Brand, ChargeBoxRoute, SupportAccess, Tenant


def current_tenant() -> Tenant:
    """Return the tenant of the current schema. Raises Tenant.DoesNotExist outside any tenant."""
    tenant = getattr(connection, "tenant", None)
    if isinstance(tenant, Tenant):
        return tenant
    return Tenant.objects.get(schema_name=current_schema())


def customer_schemas() -> list[str]:
    """Return the schema names of all customers that are not suspended, in order."""
    return list(
        Tenant.objects.customers()
        .filter(is_suspended=False)
        .order_by("schema_name")
        .values_list("schema_name", flat=True)
    )


def brand_of(tenant: Tenant) -> Brand | None:
    """Return the tenant's brand, if it has one."""
    return getattr(tenant, "brand", None)


def has_product(tenant: Tenant, product: Product, today: date) -> bool:
    """Say whether the tenant has the product booked on that day."""
    return product in booked_products(tenant, today)


def booked_products(tenant: Tenant, today: date) -> set[Product]:
    """Return the products that the tenant has booked on that day."""
    bookings = BookedProduct.objects.filter(tenant=tenant, starts_on__lte=today)
    active = bookings.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today))
    return {Product(name) for name in active.values_list("product", flat=True)}


def open_support_access(tenant: Tenant, now: datetime) -> SupportAccess | None:
    """Return the access by which an operator may be in the tenant's portal now."""
    return SupportAccess.objects.filter(tenant=tenant, ended_at=None, ends_at__gt=now).first()


def find_route(charge_box_id: str) -> ChargeBoxRoute | None:
    """Return the route of a charge box id, whatever its case, with its tenant."""
    return (
        ChargeBoxRoute.objects.select_related("tenant")
        .filter(charge_box_id__iexact=charge_box_id)
        .first()
    )
