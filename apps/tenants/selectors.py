"""Reading tenants, brands and bookings."""

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.http import HttpRequest

from apps.core.addresses import base_url
from apps.core.schemas import current_schema
from apps.tenants.choices import LegalKind, TenantKind
from apps.tenants.domain.gates import Gate, Missing, missing_for_tenant
from apps.tenants.domain.markup import best_language
from apps.tenants.domain.products import Product
from apps.tenants.models import (
    BookedProduct,
    Brand,
    ChargeBoxRoute,
    Host,
    LegalText,
    SupportAccess,
    Tenant,
)


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


@dataclass(frozen=True, slots=True)
class LegalLink:
    """Where a tenant's imprint or privacy policy stands; `is_own`: on a page of ours."""

    kind: LegalKind
    url: str
    is_own: bool


def legal_links(brand: Brand | None, base: str = "") -> list[LegalLink]:
    """Return the links that there are; `base`: scheme and host before a page of ours. No query."""
    links = []
    for kind in LegalKind if brand else ():
        if url := getattr(brand, f"{kind.value}_url"):
            links.append(LegalLink(kind, url, is_own=False))
        elif brand.own_texts.get(kind.value):  # type: ignore[union-attr]
            links.append(LegalLink(kind, f"{base}/{kind.value}/", is_own=True))
    return links


def legal_text(tenant: Tenant, kind: LegalKind, language: str) -> LegalText | None:
    """Return the text in that language, else in the tenant's own, else in any."""
    texts = LegalText.objects.filter(tenant=tenant, kind=kind)
    best = best_language(
        list(texts.values_list("language", flat=True)), language, tenant.default_language
    )
    return texts.filter(language=best).first() if best else None


def primary_host(tenant: Tenant) -> str | None:
    """Return the host under which people know the portal; None while none was proven."""
    hosts = Host.objects.proven().filter(tenant=tenant).order_by("-is_primary", "pk")
    return hosts.values_list("domain", flat=True).first()


def portal_url(tenant: Tenant) -> str:
    """Return scheme and primary host of the tenant's portal, where no request says them."""
    port = f":{settings.SITE_PORT}" if settings.SITE_PORT else ""
    return f"{settings.SITE_SCHEME}://{primary_host(tenant) or settings.SITE_HOST}{port}"


def url_for_mails(request: HttpRequest) -> str:
    """Return scheme and host for links in mails: the primary host, whichever one was asked."""
    tenant: Tenant | None = getattr(request, "tenant", None)
    is_customer = tenant is not None and tenant.kind == TenantKind.CUSTOMER
    return base_url(request, host=primary_host(tenant) if is_customer and tenant else None)


def has_product(tenant: Tenant, product: Product, today: date) -> bool:
    """Say whether the tenant has the product booked on that day."""
    return product in booked_products(tenant, today)


def booked_products(tenant: Tenant, today: date) -> set[Product]:
    """Return the products that the tenant has booked on that day."""
    bookings = BookedProduct.objects.filter(tenant=tenant, starts_on__lte=today)
    active = bookings.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today))
    return {Product(name) for name in active.values_list("product", flat=True)}


def missing_products(gate: Gate, today: date) -> list[Missing]:
    """Return what keeps a gate of the current tenant closed; [] where it is open, or informs."""
    tenant = current_tenant()
    if not tenant.enforces_products:
        return []
    return missing_for_tenant(gate, booked=booked_products(tenant, today))


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
