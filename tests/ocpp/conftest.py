"""Sockets need what is committed: a gateway process, stations that it sees, and a clean end."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from apps.emaid.models import Card
from apps.infrastructure.models import Station
from apps.tenants.context import run_in_schema
from apps.tenants.models import ChargeBoxRoute
from apps.tenants.models import GatewayProcess as GatewayRow
from tests.ocpp.gateway.clients import Charger, Clock, Place
from tests.ocpp.gateway.servers import GatewayProcess

TENANTS = ("alpha", "beta")
# Entries of the audit trail stay: the database refuses to empty it, and nothing hangs on them.
LASTING = ("django_", "auth_", "guardian_", "audit_")
serial = count(1)


@pytest.fixture(autouse=True)
def begin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start the clock of the test: what a charger tells of is late five minutes after it."""
    monkeypatch.setattr(Clock, "began", datetime.now(UTC).replace(microsecond=0))


@pytest.fixture(scope="module")
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Let the tests of a module write for good; what they wrote is removed after the module."""
    yield from written_for_good(django_db_blocker)


def written_for_good(blocker: Any) -> Iterator[None]:
    """The body of `committed`, for folders whose tests share one gateway."""
    with blocker.unblock():
        yield
        for schema in TENANTS:
            run_in_schema(schema, empty_schema, schema)
        run_in_schema("public", ChargeBoxRoute.objects.all().delete)
        run_in_schema("public", GatewayRow.objects.all().delete)
        connection.close()


def empty_schema(schema: str) -> None:
    """Empty the tenant's tables but those that migrations filled."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema])
        names = [name for (name,) in cursor.fetchall() if not name.startswith(LASTING)]
        tables = ", ".join(f'"{schema}"."{name}"' for name in names)
        cursor.execute(f"TRUNCATE {tables} CASCADE")


@pytest.fixture(scope="module")
def gateway(committed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """One gateway process for the tests of a module."""
    with GatewayProcess(tmp_path_factory.mktemp("gateway") / "gateway.log") as process:
        yield process


@pytest.fixture
def start_gateway(committed: None, tmp_path: Path) -> Iterator[Callable[..., GatewayProcess]]:
    """Start further gateway processes; options are those of GatewayProcess."""
    processes = []

    def start(**options: Any) -> GatewayProcess:
        log = tmp_path / f"gateway-{len(processes)}.log"
        processes.append(GatewayProcess(log, **options).start())
        return processes[-1]

    yield start
    for process in processes:
        process.stop()


@pytest.fixture
def place(committed: None, make_station: Callable[..., Station]) -> Callable[..., Place]:
    """Make a committed station of alpha (or another tenant) and a valid card TAG."""

    def make(schema: str = "alpha", charge_box_id: str = "", **fields: Any) -> Place:
        charge_box_id = charge_box_id or f"GW-{next(serial)}"

        def create() -> int:
            Card.objects.get_or_create(tag="TAG")
            return make_station(charge_box_id, **fields).pk

        return Place(schema, run_in_schema(schema, create), charge_box_id)

    return make


@pytest.fixture
def station(place: Callable[..., Place]) -> Place:
    """A station of alpha with one charge point."""
    return place()


@pytest.fixture
def charger(gateway: GatewayProcess, station: Place) -> Iterator[Charger]:
    """The station's socket, open."""
    with Charger.dial(gateway.url, station) as socket:
        yield socket
