"""Clients that speak to the host of a tenant."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

from apps.tenants.models import Tenant
from tests.conftest import make_client

ClientFor = Callable[..., Client]


@pytest.fixture
def client_for() -> ClientFor:
    return make_client


@pytest.fixture
def enter() -> Callable[[str], None]:
    """Return a function that goes to the schema of a tenant, since each request changes it."""

    def go(short_name: str) -> None:
        connection.set_tenant(Tenant.objects.get(schema_name=short_name))

    return go
