"""What the theme asks of a tenant's brand. Each function is named in the settings.

Unfold imports dotted strings that it finds in some values, so only fixed paths and plain words
leave this module; what a person typed or uploaded is never a setting that is looked up.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

from apps.tenants.domain.palette import base_scale, primary_scale
from apps.tenants.models import Brand, Tenant

PLATFORM_HUE = 265
PLATFORM_NAME = "Chargeyard"
FONT_COLORS = {
    "subtle-light": "var(--color-base-600)",
    "subtle-dark": "var(--color-base-400)",
    "default-light": "var(--color-base-700)",
    "default-dark": "var(--color-base-300)",
    "important-light": "var(--color-base-900)",
    "important-dark": "var(--color-base-100)",
}


def brand_of_request(request: HttpRequest) -> Brand | None:
    """Return the brand of the host's tenant; the console and unknown hosts have none."""
    tenant: Tenant | None = getattr(request, "tenant", None)
    return getattr(tenant, "brand", None)


def hue_of(brand: Brand | None) -> int:
    return brand.hue if brand else PLATFORM_HUE


def name_of(brand: Brand | None) -> str:
    return brand.product_name if brand else PLATFORM_NAME


def version_of(brand: Brand | None) -> int:
    """Return a number that changes with the brand, so that browsers may keep its files."""
    return brand.version if brand else 0


def site_title(request: HttpRequest) -> str:
    return name_of(brand_of_request(request))


def site_header(request: HttpRequest) -> str:
    return site_title(request)


def site_subheader(request: HttpRequest) -> str:
    """Return the business partner's name where it differs from the product's."""
    tenant: Tenant | None = getattr(request, "tenant", None)
    name = tenant.name if tenant else ""
    return "" if name == site_title(request) else name


def site_icon(request: HttpRequest) -> str:
    """Return the address of the small mark beside the name."""
    return f"{reverse('brand_mark')}?v={version_of(brand_of_request(request))}"


def site_logo(request: HttpRequest) -> str | None:
    """Return the address of the tenant's own logo, which takes the place of mark and name."""
    brand = brand_of_request(request)
    return f"{reverse('brand_logo')}?v={version_of(brand)}" if brand and brand.logo else None


def dark_logo(request: HttpRequest) -> str | None:
    """Return the address of the logo for dark ground, where the tenant has one."""
    brand = brand_of_request(request)
    if brand is None or not brand.logo_dark:
        return None
    return f"{reverse('brand_logo_dark')}?v={version_of(brand)}"


def favicons(request: HttpRequest) -> list[dict[str, Any]]:
    """Return one icon; its address is given by a function, since strings would be looked up."""
    address = f"{reverse('brand_icon')}?v={version_of(brand_of_request(request))}"
    return [{"rel": "icon", "href": lambda _request: address}]


def colors(request: HttpRequest) -> dict[str, dict[str, str]]:
    """Return a palette of its own for each request, since the theme writes into it."""
    hue = hue_of(brand_of_request(request))
    return {
        "primary": primary_scale(hue),
        "base": base_scale(hue),
        "font": dict(FONT_COLORS),
    }


def asset(path: str) -> Callable[[HttpRequest], str]:
    return lambda _request: static(path)


stylesheet = asset("portal/shell.css")
script = asset("portal/shell.js")
live_script = asset("portal/live.js")
session_script = asset("portal/session.js")
