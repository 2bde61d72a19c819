"""Traps that were met, each with the guard that keeps them shut."""

import ast
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from import_export.admin import ExportMixin

from apps.accounts.models import User
from apps.portal.admin import PortalModelAdmin
from apps.portal.excel import PortalExportAdmin, PortalResource
from apps.portal.site import console_site, portal_site
from apps.tenants.models import Tenant

pytestmark = pytest.mark.req("TEN-01")

PROJECT = Path(__file__).parents[2]
SOURCES = sorted(path for room in ("apps", "config") for path in (PROJECT / room).rglob("*.py"))

# Names that run the ORM from async code, where a thread's schema may be another tenant's.
ASYNC_NAMES = {"database_sync_to_async", "sync_to_async", "AuthMiddlewareStack", "AuthMiddleware"}
ASYNC_METHODS = {
    *{f"a{verb}" for verb in ("get", "create", "count", "exists", "update", "delete", "save")},
    *{f"a{verb}" for verb in ("first", "last", "get_or_create", "update_or_create")},
    *{f"a{verb}" for verb in ("bulk_create", "bulk_update", "iterator", "refresh_from_db")},
}


def test_content_types_when_installed_then_in_the_public_schema_only() -> None:
    assert "django.contrib.contenttypes" in settings.SHARED_APPS
    assert "django.contrib.contenttypes" not in settings.TENANT_APPS


@pytest.mark.parametrize("app", ["auth", "sessions", "admin"])
def test_people_when_installed_then_in_every_schema(app: str) -> None:
    assert f"django.contrib.{app}" in settings.TENANT_APPS


def test_cache_when_a_key_is_made_then_it_carries_the_schema(alpha: Tenant) -> None:
    from django.core.cache import cache

    for cached in settings.CACHES.values():
        assert cached["KEY_FUNCTION"] == "django_tenants.cache.make_key"
    cache.set("guard", "of alpha")
    connection.set_tenant(Tenant.objects.get(schema_name="beta"))
    assert cache.get("guard") is None


def test_search_path_when_a_tenant_is_entered_then_set_each_time() -> None:
    assert settings.TENANT_LIMIT_SET_CALLS is True


def test_psycopg_when_libraries_are_installed_then_only_version_2() -> None:
    assert find_spec("psycopg") is None
    assert find_spec("psycopg2") is not None


def test_sessions_when_cookies_are_set_then_for_one_host_only() -> None:
    assert settings.SESSION_COOKIE_DOMAIN is None
    assert settings.CSRF_COOKIE_DOMAIN is None
    assert settings.SESSION_ENGINE == "django.contrib.sessions.backends.db"


def async_orm(tree: ast.AST) -> list[str]:
    """Return what in the module would run the ORM from async code."""
    found = []
    has_connection = any(
        isinstance(node, ast.ImportFrom)
        and node.module == "django.db"
        and any(alias.name == "connection" for alias in node.names)
        for node in ast.walk(tree)
    )
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom | ast.Import):
            found += [alias.name for alias in node.names if alias.name in ASYNC_NAMES]
        elif isinstance(node, ast.Attribute) and node.attr in ASYNC_NAMES:
            found.append(node.attr)
        elif isinstance(node, ast.Await) and isinstance(node.value, ast.Call):
            function = node.value.func
            if isinstance(function, ast.Attribute) and function.attr in ASYNC_METHODS:
                found.append(f"await {function.attr}")
        elif has_connection and isinstance(node, ast.AsyncFunctionDef):
            found += [
                f"{inner.id} in async {node.name}"
                for inner in ast.walk(node)
                if isinstance(inner, ast.Name) and inner.id == "connection"
            ]
    return found


def test_sources_when_read_then_no_orm_in_async_code() -> None:
    faults = {
        str(path.relative_to(PROJECT)): found
        for path in SOURCES
        if (found := async_orm(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert not faults


@pytest.mark.parametrize(
    "source",
    [
        "from channels.db import database_sync_to_async",
        "from asgiref.sync import sync_to_async",
        "async def f():\n    return await Station.objects.aget(pk=1)",
        "from django.db import connection\nasync def f():\n    connection.set_tenant(t)",
    ],
)
def test_guard_when_the_orm_runs_in_async_code_then_it_is_seen(source: str) -> None:
    assert async_orm(ast.parse(source))


TABLES = """
    SELECT c.relname, c.relkind, c.relpersistence FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relkind IN ('r', 'p', 'v', 'm') ORDER BY 1
"""
COLUMNS = """
    SELECT table_name, column_name, data_type, character_maximum_length, numeric_precision,
        numeric_scale, is_nullable, column_default, is_identity, identity_generation,
        is_generated, generation_expression, collation_name
    FROM information_schema.columns WHERE table_schema = %s ORDER BY 1, 2
"""
CONSTRAINTS = """
    SELECT t.relname, c.conname, c.contype, c.condeferrable, c.condeferred,
        pg_get_constraintdef(c.oid, true)
    FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace WHERE n.nspname = %s ORDER BY 1, 2
"""
INDEXES = """
    SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = %s ORDER BY 1, 2
"""
TRIGGERS = """
    SELECT t.relname, g.tgname, pg_get_triggerdef(g.oid, true) FROM pg_trigger g
    JOIN pg_class t ON t.oid = g.tgrelid JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE n.nspname = %s AND NOT g.tgisinternal ORDER BY 1, 2
"""


# A condition that was printed and read again casts the same words at other places.
CASTS = re.compile(r"::[a-z ]+(\[\])?|[()]")


def catalogue(query: str, schema: str) -> list[tuple[Any, ...]]:
    """Return what PostgreSQL knows of a schema, without the schema's name, casts and brackets."""
    with connection.cursor() as cursor:
        cursor.execute(query, [schema])
        return [
            tuple(
                CASTS.sub("", value.replace(f'"{schema}".', "").replace(f"{schema}.", ""))
                if isinstance(value, str)
                else value
                for value in row
            )
            for row in cursor.fetchall()
        ]


@pytest.mark.parametrize("query", [TABLES, COLUMNS, CONSTRAINTS, INDEXES, TRIGGERS])
@pytest.mark.django_db
def test_clone_when_a_tenant_is_made_then_its_schema_equals_the_template(query: str) -> None:
    template = settings.TENANT_TEMPLATE_SCHEMA
    expected = catalogue(query, template)

    assert catalogue(query, "alpha") == expected
    if query is not TRIGGERS:
        assert expected


@pytest.mark.django_db
def test_clone_when_foreign_keys_are_copied_then_they_stay_in_the_schema_or_public() -> None:
    """A key that still pointed to the template would let no row in, or tie tenants together."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT rn.nspname FROM pg_constraint c "
            "JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace "
            "JOIN pg_class r ON r.oid = c.confrelid "
            "JOIN pg_namespace rn ON rn.oid = r.relnamespace "
            "WHERE n.nspname = 'alpha' AND c.contype = 'f'"
        )
        assert {name for (name,) in cursor.fetchall()} <= {"alpha", "public"}


def test_clone_when_rows_are_added_then_identities_go_on(alpha: Tenant, make_user: Any) -> None:
    first, second = make_user("operator"), make_user("operator")

    assert second.pk > first.pk
    assert User.objects.filter(pk__in=[first.pk, second.pk]).count() == 2


@pytest.mark.parametrize("site", [portal_site, console_site], ids=["portal", "console"])
def test_pages_when_registered_then_made_from_the_portals_base(site: Any) -> None:
    others = [
        type(model_admin).__name__
        for model_admin in site._registry.values()
        if not isinstance(model_admin, PortalModelAdmin)
    ]
    assert not others


def test_excel_when_a_page_exports_then_through_the_portals_base() -> None:
    for model_admin in portal_site._registry.values():
        if isinstance(model_admin, ExportMixin):
            assert isinstance(model_admin, PortalExportAdmin), type(model_admin).__name__
            assert all(issubclass(kind, PortalResource) for kind in model_admin.resource_classes)
