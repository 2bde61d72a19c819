"""What every template of the portal may ask for."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from apps.portal.branding import brand_of_request, colors, site_icon, site_title
from apps.tenants.choices import TenantKind
from apps.tenants.models import SupportAccess
from apps.tenants.selectors import open_support_access


def support_access(request: HttpRequest) -> SupportAccess | None:
    """Return by which access somebody of the platform is in the portal, for those who log in."""
    tenant = getattr(request, "tenant", None)
    user = getattr(request, "user", None)
    if tenant is None or tenant.kind != TenantKind.CUSTOMER:
        return None
    if user is None or not user.is_authenticated:
        return None
    return open_support_access(tenant, timezone.now())


def portal(request: HttpRequest) -> dict[str, Any]:
    """Return the tenant and its brand; None for hosts without one."""
    return {
        "tenant": getattr(request, "tenant", None),
        "support_access": SimpleLazyObject(lambda: support_access(request)),
        "brand": brand_of_request(request),
        "brand_name": SimpleLazyObject(lambda: site_title(request)),
        "brand_mark": SimpleLazyObject(lambda: site_icon(request)),
        "brand_colors": SimpleLazyObject(lambda: colors(request)),
    }
