"""What tests about people share: a client of somebody, and the links of mails."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client

from apps.accounts.services.notices import handle_notices
from apps.notifications.services.delivery import deliver_due
from apps.tenants.models import Tenant
from tests.conftest import make_client

LINK = re.compile(r"https?://[^\s/]+(/(?:welcome|new-password)/\S+/)")


@pytest.fixture
def client_of() -> Callable[..., Client]:
    return make_client


@pytest.fixture
def mails() -> Callable[..., list[Any]]:
    """Work off what waits in a tenant's outbox and return what was sent, oldest first."""

    def work_off(tenant: str = "alpha") -> list[Any]:
        from django.utils import timezone

        connection.set_tenant(Tenant.objects.get(schema_name=tenant))
        handle_notices(now=timezone.now())
        deliver_due(now=timezone.now())
        return mail.outbox

    return work_off


def link_in(message: Any) -> str:
    """Return the path of the link with which the reader sets a password."""
    found = LINK.search(message.body)
    assert found, message.body
    assert found[0] in message.alternatives[0].content
    return found[1]
