"""Keeping what a person has seen, and what was put away."""

from datetime import datetime

from apps.help.models import Dismissal, Malfunction, Reader
from apps.tenants.models import Tenant


def see_releases(tenant: Tenant, user_id: int, version: str) -> None:
    """Keep up to which version the person has read."""
    Reader.objects.update_or_create(
        tenant=tenant, user_id=user_id, defaults={"release_seen": version}
    )


def see_documents(tenant: Tenant, user_id: int, *, now: datetime) -> None:
    """Keep when the person looked at the documents."""
    Reader.objects.update_or_create(
        tenant=tenant, user_id=user_id, defaults={"documents_seen_at": now}
    )


def dismiss(tenant: Tenant, user_id: int, malfunction_id: int, *, now: datetime) -> None:
    """Put a banner away until the next update. Raises DoesNotExist for a foreign malfunction."""
    malfunction = Malfunction.objects.meant_for(tenant).get(pk=malfunction_id)
    Dismissal.objects.update_or_create(
        tenant=tenant, user_id=user_id, malfunction=malfunction, defaults={"dismissed_at": now}
    )
