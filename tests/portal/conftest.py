"""Clients that speak to the host of a tenant."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

from apps.accounts.models import User
from apps.tenants.models import Tenant

ClientFor = Callable[..., Client]


@pytest.fixture
def client_for() -> ClientFor:
    """Return a client of the user (None: nobody) at a tenant's host."""

    def make(user: User | None = None, host: str = "alpha.localhost") -> Client:
        client = Client(HTTP_HOST=host)
        if user is not None:
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


@pytest.fixture
def enter() -> Callable[[str], None]:
    """Return a function that goes to the schema of a tenant, since each request changes it."""

    def go(short_name: str) -> None:
        connection.set_tenant(Tenant.objects.get(schema_name=short_name))

    return go
