"""What every template of the portal may ask for."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from apps.portal.branding import brand_of_request, colors, site_icon, site_title


def portal(request: HttpRequest) -> dict[str, Any]:
    """Return the tenant and its brand; None for hosts without one."""
    return {
        "tenant": getattr(request, "tenant", None),
        "brand": brand_of_request(request),
        "brand_name": SimpleLazyObject(lambda: site_title(request)),
        "brand_mark": SimpleLazyObject(lambda: site_icon(request)),
        "brand_colors": SimpleLazyObject(lambda: colors(request)),
    }
