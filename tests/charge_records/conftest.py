"""Committed data for tests with several connections; the usual fixtures roll back."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, connections, transaction

from apps.tenants.context import run_in_schema
from apps.tenants.models import ChargeBoxRoute, Tenant

ROOMS = ("infrastructure", "emaid", "charge_records")


@pytest.fixture
def committed_alpha(django_db_setup: None, django_db_blocker: Any) -> Iterator[Tenant]:
    """Enter alpha without a transaction around the test; empty its rooms afterwards."""
    with django_db_blocker.unblock():
        tenant = run_in_schema("public", Tenant.objects.get, schema_name="alpha")
        connection.set_tenant(tenant)
        try:
            yield tenant
        finally:
            empty_rooms()
            connection.set_schema_to_public()
            ChargeBoxRoute.objects.all().delete()


def empty_rooms() -> None:
    tables = [
        f'"{model._meta.db_table}"'
        for room in ROOMS
        for model in apps.get_app_config(room).get_models()
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join([*tables, 'accounts_location'])} CASCADE")


@pytest.fixture
def at_once(django_db_blocker: Any) -> Callable[..., list[Any]]:
    """Call functions at the same time, each in a transaction of alpha on its own connection."""

    def unit(function: Callable[[], Any]) -> Any:
        def atomic() -> Any:
            with transaction.atomic():
                return function()

        try:
            return run_in_schema("alpha", atomic)
        finally:
            connections.close_all()

    def run(*functions: Callable[[], Any]) -> list[Any]:
        with ThreadPoolExecutor(len(functions)) as pool:
            futures = [pool.submit(unit, function) for function in functions]
            return [future.result(timeout=30) for future in futures]

    return run
