"""What every template of the portal may ask for."""

from typing import Any

from django.http import HttpRequest


def portal(request: HttpRequest) -> dict[str, Any]:
    """Return the tenant and its brand; None for hosts without one."""
    tenant = getattr(request, "tenant", None)
    return {"tenant": tenant, "brand": getattr(tenant, "brand", None)}
