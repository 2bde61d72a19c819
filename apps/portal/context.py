"""What every template of the portal may ask for."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from apps.portal.branding import (
    brand_of_request,
    colors,
    dark_logo,
    site_icon,
    site_logo,
    site_title,
)
from apps.tenants.choices import TenantKind
from apps.tenants.models import SupportAccess
from apps.tenants.selectors import legal_links, open_support_access


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
    brand = brand_of_request(request)
    return {
        "tenant": getattr(request, "tenant", None),
        "support_access": SimpleLazyObject(lambda: support_access(request)),
        "brand": brand,
        "brand_name": SimpleLazyObject(lambda: site_title(request)),
        "brand_mark": SimpleLazyObject(lambda: site_icon(request)),
        "brand_logo": SimpleLazyObject(lambda: site_logo(request)),
        "brand_logo_dark": SimpleLazyObject(lambda: dark_logo(request)),
        "legal_links": legal_links(brand),
        "brand_colors": SimpleLazyObject(lambda: colors(request)),
    }
