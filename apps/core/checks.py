"""Checks for settings that would mix tenants or lose data; each stands for a trap once met."""

from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.checks import Error, register

TENANT_KEY_FUNCTION = "django_tenants.cache.make_key"


@register("tenants")
def check_tenant_isolation(**kwargs: Any) -> list[Error]:
    """Return an error for each setting under which one tenant's data could reach another's."""
    errors = []
    if "django.contrib.contenttypes" in settings.TENANT_APPS:
        errors.append(
            Error(
                "contenttypes must be in SHARED_APPS only.",
                hint="guardian caches content type ids per process; per tenant they would differ.",
                id="core.E001",
            )
        )
    if not settings.TENANT_LIMIT_SET_CALLS:
        errors.append(Error("TENANT_LIMIT_SET_CALLS must be True.", id="core.E002"))
    for alias, cache in settings.CACHES.items():
        if cache.get("KEY_FUNCTION") != TENANT_KEY_FUNCTION:
            errors.append(
                Error(
                    f"Cache {alias!r} does not put the schema into its keys.",
                    hint=f"Set KEY_FUNCTION to {TENANT_KEY_FUNCTION!r}.",
                    id="core.E003",
                )
            )
    if find_spec("psycopg") is not None:
        errors.append(
            Error(
                "psycopg 3 is installed; Django would take it over psycopg2.",
                hint="Uninstall the package psycopg.",
                id="core.E004",
            )
        )
    if settings.SESSION_COOKIE_DOMAIN:
        errors.append(
            Error(
                "SESSION_COOKIE_DOMAIN must stay empty: sessions belong to one host.",
                id="core.E005",
            )
        )
    return errors
