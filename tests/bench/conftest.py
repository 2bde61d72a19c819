"""A stage on the tests' own tenants: one gateway, portal and desk serve all rows."""

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings

from apps.tenants.context import run_in_schema
from apps.tenants.models import Tenant
from bench.processes import OrderProcess, Server
from bench.provision import ensure_operator, fill_tenant
from bench.stage import Stage
from tests.ocpp.conftest import committed  # noqa: F401 a fixture
from tests.ocpp.gateway.servers import database_url

SCHEMAS = ("alpha", "beta")
STATIONS = 30


class SharedStage(Stage):
    """A row that enters a gateway, portal or desk gets the one that runs."""

    shared_gateway: Server
    shared_portal: Server
    shared_desk: OrderProcess

    def gateway(self, *args: Any, **environment: str) -> AbstractContextManager[Server]:
        return nullcontext(self.shared_gateway)

    def portal(self) -> Any:
        return nullcontext(self.shared_portal)

    def desk(self) -> Any:
        return nullcontext(self.shared_desk)


@pytest.fixture(scope="module")
def stage(
    committed: None,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stage]:
    url = database_url()
    environment = {
        "DATABASE_URL": url,
        "DATA_DIR": str(settings.DATA_DIR),
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "BENCH_FLOOR_DSN": url,
        "REDIS_URL": "",
    }
    made = SharedStage(environment, tmp_path_factory.mktemp("bench"))
    for position, schema in enumerate(SCHEMAS):
        tenant = run_in_schema("public", Tenant.objects.get, schema_name=schema)
        serials = range(position, STATIONS, len(SCHEMAS))
        made.many += run_in_schema(schema, fill_tenant, tenant, serials, now=datetime.now(UTC))
    run_in_schema(SCHEMAS[0], ensure_operator)
    made.many.sort()
    made.rest = list(made.many)
    with contextlib.ExitStack() as running:
        made.shared_gateway = running.enter_context(Stage.gateway(made))
        made.shared_portal = running.enter_context(Stage.portal(made))
        made.shared_desk = running.enter_context(Stage.desk(made))
        yield made
