"""Creating tenants: row, hosts, brand, products and schema, idempotent."""

from collections.abc import Sequence
from datetime import date

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_tenants.utils import schema_exists

from apps.core.errors import AppError
from apps.tenants.choices import TenantKind
from apps.tenants.domain.products import Product
from apps.tenants.models import BookedProduct, Brand, Host, Tenant
from apps.tenants.services.cloning import clone_schema
from apps.tenants.services.hosts import claim_host

PUBLIC_SCHEMA = "public"
RESERVED = {PUBLIC_SCHEMA, settings.TENANT_TEMPLATE_SCHEMA, "information_schema"}


class NameReserved(AppError):
    code = "name_reserved"
    message = _("%(name)s is reserved. Choose another short name.")


def ensure_platform(hosts: Sequence[str]) -> None:
    """Make sure that the rows of the platform itself (console) and of the template exist."""
    platform, _made = Tenant.objects.get_or_create(
        schema_name=PUBLIC_SCHEMA, defaults={"name": "Chargeyard", "kind": TenantKind.PLATFORM}
    )
    for position, host in enumerate(hosts):
        Host.objects.get_or_create(
            domain=host,
            defaults={
                "tenant": platform,
                "is_primary": position == 0,
                "proven_at": timezone.now(),
            },
        )
    Tenant.objects.get_or_create(
        schema_name=settings.TENANT_TEMPLATE_SCHEMA,
        defaults={"name": "Template", "kind": TenantKind.TEMPLATE},
    )


@transaction.atomic
def create_tenant(
    short_name: str,
    *,
    name: str,
    hosts: Sequence[str],
    hue: int,
    products: Sequence[Product] = (),
    today: date,
    **fields: object,
) -> Tenant:
    """Create the tenant or bring an existing one to this state; return it.

    `fields` are further columns of Tenant (country, default_language, time_zone, provider_ids).
    Raises NameReserved, HostRefused, HostTaken and ValidationError; then nothing is changed.
    """
    if short_name in RESERVED:
        raise NameReserved("schema_name", name=short_name)
    tenant = Tenant.objects.filter(schema_name=short_name).first() or Tenant(schema_name=short_name)
    tenant.name = name
    for field, value in fields.items():
        setattr(tenant, field, value)
    tenant.full_clean(exclude=["domain_url"], validate_unique=False)
    tenant.save()
    for position, host in enumerate(hosts):
        claim_host(tenant, host, is_primary=position == 0, now=timezone.now())
    Brand.objects.update_or_create(
        tenant=tenant,
        defaults={"hue": hue % 360},
        create_defaults={"product_name": name, "hue": hue % 360},
    )
    for product in products:
        BookedProduct.objects.get_or_create(
            tenant=tenant, product=product.value, ends_on=None, defaults={"starts_on": today}
        )
    if not schema_exists(short_name):
        clone_schema(settings.TENANT_TEMPLATE_SCHEMA, short_name)
    return tenant
