"""Reading security: what the tenant demands, and a station as its page shows it."""

from typing import Any

from apps.infrastructure.models import SecurityEvent, SecurityPolicy, Station
from apps.tenants.selectors import current_tenant

NEWEST_EVENTS = 50


def security_policy() -> SecurityPolicy:
    """Return the tenant's policy, the defaults where it never set one."""
    return SecurityPolicy.objects.order_by("pk").first() or SecurityPolicy()


def operator_name() -> str:
    """Return the O of the tenant's client certificates: the policy's, else the tenant's name."""
    return security_policy().operator_name or current_tenant().name


def newest_events(station: Station) -> list[SecurityEvent]:
    """Return the station's newest security events, newest first."""
    return list(station.security_events.order_by("-received_at", "-pk")[:NEWEST_EVENTS])


def may_secure(station: Station, user: Any) -> bool:
    """Say whether the user may change the station's password and profile."""
    return Station.objects.visible_to(user, "secure").filter(pk=station.pk).exists()
