"""What the platform does with tenants as a whole; `tenants` itself lies below the trail."""

from collections.abc import Mapping
from typing import Any

from apps.audit.domain.kinds import Kind
from apps.audit.domain.secrets import without_secrets
from apps.audit.services.trail import PUBLIC, new_entry, write_here
from apps.audit.services.watch import watch
from apps.core.schemas import run_in_schema
from apps.tenants.models import BookedProduct, Brand, Host, LegalText, Tenant


def watch_tenants() -> None:
    watch(Tenant, tenant_path="")
    for model in (BookedProduct, LegalText):
        watch(model, part_of="tenant", tenant_path="tenant")
    watch(Host, part_of="tenant", tenant_path="tenant", left_out={"checked_at", "check_failure"})
    watch(Brand, part_of="tenant", tenant_path="tenant", left_out={"own_texts"})


def record_both(kind: Kind, tenant: Tenant, details: Mapping[str, Any]) -> None:
    """Write an entry about the tenant into the platform's trail and into the tenant's own."""
    for schema_name in (PUBLIC, tenant.schema_name):
        run_in_schema(schema_name, write_about, kind, tenant, details)


def write_about(kind: Kind, tenant: Tenant, details: Mapping[str, Any]) -> None:
    entry = new_entry(kind, tenant)
    entry.details = without_secrets(dict(details))
    write_here([entry])
