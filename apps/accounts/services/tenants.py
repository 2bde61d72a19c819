"""A new customer of the platform: tenant, host, brand, products and first admin in one step."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction

from apps.accounts.services.platform import invite_first_admin
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
    admin_first_name: str
    admin_last_name: str
    fields: Mapping[str, str] = field(default_factory=dict)


@transaction.atomic
def provision_tenant(new: NewTenant, *, base_url: str, today: date, now: datetime) -> Tenant:
    """Create it all or nothing, and invite the first admin by mail.

    `base_url`: scheme, host and port of the new portal. Raises NameReserved, HostTaken,
    ValidationError.
    """
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
        invite_first_admin,
        new.admin_email,
        first_name=new.admin_first_name,
        last_name=new.admin_last_name,
        base_url=base_url,
        now=now,
    )
    return tenant
