"""The tenant's rule that everybody needs a second factor."""

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services.people import require
from apps.tenants.models import Tenant
from apps.tenants.selectors import current_tenant


@transaction.atomic
def require_of_everybody(actor: User, is_required: bool) -> None:
    """Set or lift the rule; the audit trail watches tenants. Raises PermissionDenied."""
    require(actor, "accounts.change_user")
    tenant = Tenant.objects.select_for_update().get(pk=current_tenant().pk)
    if tenant.requires_second_factor != is_required:
        tenant.requires_second_factor = is_required
        tenant.save(update_fields=["requires_second_factor", "updated_at"])
