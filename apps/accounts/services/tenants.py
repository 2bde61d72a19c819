"""A new customer of the platform: tenant, host, brand, products and first admin in one step."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction

from apps.accounts.services.users import ensure_user
from apps.core.schemas import run_in_schema
from apps.tenants.domain.products import Product
from apps.tenants.models import Tenant
from apps.tenants.services.provisioning import create_tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTenant:
    """`fields` are further columns of the tenant: country, default_language, time_zone."""

    short_name: str
    name: str
    host: str
    hue: int
    products: tuple[str, ...]
    admin_email: str
    admin_password: str
    fields: Mapping[str, str] = field(default_factory=dict)


@transaction.atomic
def provision_tenant(new: NewTenant, *, today: date) -> Tenant:
    """Create it all or nothing. Raises NameReservedError, HostTakenError, ValidationError."""
    tenant = create_tenant(
        new.short_name,
        name=new.name,
        hosts=[new.host],
        hue=new.hue,
        products=[Product(name) for name in new.products],
        today=today,
        **new.fields,
    )
    run_in_schema(
        tenant.schema_name,
        ensure_user,
        new.admin_email,
        password=new.admin_password,
        role="admin",
    )
    return tenant
