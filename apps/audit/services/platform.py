"""What the platform keeps of tenants is watched from here: `tenants` lies below the trail."""

from apps.audit.services.watch import watch
from apps.tenants.models import BookedProduct, Brand, Host, Tenant


def watch_tenants() -> None:
    watch(Tenant, tenant_path="")
    for model in (Host, Brand, BookedProduct):
        watch(model, part_of="tenant", tenant_path="tenant")
