"""Debian's chromium before a serving process of its own, over the tests' database."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import expect

from apps.accounts.models import Location
from apps.accounts.services.users import ensure_user, limit_to_locations
from apps.tenants.context import run_in_schema
from apps.tenants.models import ChargeBoxRoute
from tests.conftest import PASSWORD
from tests.ocpp.conftest import TENANTS, empty_schema
from tests.ocpp.gateway.servers import GatewayProcess
from tests.plugins.skips import find_chromium

# Playwright's event loop runs in the thread of the test, where the test also uses the ORM.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
TIMEOUT_MS = 30_000
"""An upper bound for whatever is waited for: a busy machine takes seconds for a page."""
expect.set_options(timeout=TIMEOUT_MS)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {
        "executable_path": find_chromium(),
        "args": ["--no-sandbox", "--disable-dev-shm-usage"],
    }


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {"locale": "en-GB", "viewport": {"width": 1440, "height": 900}}


@dataclass
class Portal:
    """The portals of the tenants, served by one process that can also take chargers."""

    process: GatewayProcess

    def url(self, path: str, tenant: str = "alpha") -> str:
        return f"http://{tenant}.localhost:{self.process.port}{path}"

    def log_in(self, page: Any, email: str, tenant: str = "alpha") -> None:
        """Log in through the form, as a person does."""
        page.set_default_timeout(TIMEOUT_MS)
        page.goto(self.url("/login/", tenant))
        page.fill("input[name=username]", email)
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda address: "/login/" not in address)


@pytest.fixture(scope="module")
def portal(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Portal]:
    """Serve the portals; what the module's tests write lasts and is removed after the module.

    A module adds to the environment of the serving process by PORTAL_ENVIRONMENT.
    """
    environment = getattr(request.module, "PORTAL_ENVIRONMENT", {})
    with django_db_blocker.unblock():
        log = tmp_path_factory.mktemp("portal") / "portal.log"
        with GatewayProcess(log, **environment) as process:
            yield Portal(process)
        for schema in TENANTS:
            run_in_schema(schema, empty_schema, schema)
        run_in_schema("public", ChargeBoxRoute.objects.all().delete)
        connection.close()


@pytest.fixture
def make_person(portal: Portal) -> Callable[..., str]:
    """Create a user of a tenant for good and return the e-mail."""

    def make(
        email: str, role: str = "operator", tenant: str = "alpha", locations: Any = None
    ) -> str:
        def create() -> None:
            user = ensure_user(email, password=PASSWORD, role=role)
            if locations is not None:
                limit_to_locations(user, list(Location.objects.filter(pk__in=locations)))

        run_in_schema(tenant, create)
        return email

    return make
