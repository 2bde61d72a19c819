"""Somebody of the platform in its console."""

import pytest
from django.db import connection
from django.test import Client

from apps.accounts.models import User


@pytest.fixture
def operator(db: None) -> User:
    connection.set_schema_to_public()
    return User.objects.create_superuser("root@chargeyard.example", "correct horse battery")


@pytest.fixture
def console(operator: User) -> Client:
    client = Client(HTTP_HOST="localhost")
    client.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")
    return client
