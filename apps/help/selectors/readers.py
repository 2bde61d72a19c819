"""What a person has seen already."""

from apps.help.models import Reader
from apps.tenants.models import Tenant


def reader_of(tenant: Tenant, user_id: int) -> Reader:
    """Return what is known of the person; an unsaved row for somebody who has seen nothing."""
    found = Reader.objects.filter(tenant=tenant, user_id=user_id).first()
    return found or Reader(tenant=tenant, user_id=user_id)
