"""Two tenants, made once per test process by cloning the template; each test is rolled back."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from apps.accounts.models import Location, User
from apps.accounts.services.users import ensure_user, limit_to_locations
from apps.infrastructure.models import ProductAssignment, Station
from apps.infrastructure.services.stations import ChargePointPlan, StationPlan, create_station
from apps.tenants.context import run_in_schema
from apps.tenants.domain.products import Product
from apps.tenants.models import Tenant
from apps.tenants.services.provisioning import create_tenant

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
BOOKED_SINCE = date(2026, 1, 1)
STATION_KEY = "station-key-0123456789"
PASSWORD = "correct horse battery"
AN_HOUR = timedelta(hours=1)
serial = count(1)
hours = count(1)


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """Create the test database with the template schema and the tenants alpha and beta."""
    with django_db_blocker.unblock():
        configured_name = connection.settings_dict["NAME"]
        create_empty_database()
        call_command("upgrade", hosts=["localhost", "testserver"])
        for name, hue in (("alpha", 210), ("beta", 150)):
            create_tenant(
                name,
                name=name.title(),
                hosts=[f"{name}.localhost"],
                hue=hue,
                products=list(Product),
                today=BOOKED_SINCE,
            )
    yield
    with django_db_blocker.unblock():
        connection.creation.destroy_test_db(configured_name, verbosity=0)


def create_empty_database() -> None:
    """Create the test database without tables: our own command migrates it schema by schema."""
    creation = connection.creation
    name = creation._get_test_db_name()
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        name = f"{name}_{worker}"
        connection.settings_dict["TEST"]["NAME"] = name
    creation._create_test_db(verbosity=0, autoclobber=True, keepdb=False)
    connection.close()
    connection.settings_dict["NAME"] = name


def tenant_fixture(short_name: str) -> Callable[..., Iterator[Tenant]]:
    @pytest.fixture
    def enter(db: None) -> Iterator[Tenant]:
        tenant = run_in_schema("public", Tenant.objects.get, schema_name=short_name)
        connection.set_tenant(tenant)
        yield tenant
        connection.set_schema_to_public()

    return enter


# Each enters the schema of its tenant for the whole test.
alpha = tenant_fixture("alpha")
beta = tenant_fixture("beta")


@pytest.fixture(autouse=True)
def nothing_runs_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what a process keeps for seconds be fresh when a test begins, and last until it ends.

    What runs out between two requests costs the second one a query: on a busy machine that is
    chance. For `Kept` each test is one moment, an hour after the last test; a session notes only
    after an hour that its person is still there. Tests of the session's minute put that back.
    """
    moment = next(hours) * AN_HOUR.total_seconds()
    monkeypatch.setattr("apps.core.kept.monotonic", lambda: moment)
    monkeypatch.setattr("apps.accounts.services.places.GRAIN", AN_HOUR)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def make_location() -> Callable[..., Location]:
    def make(name: str = "", **fields: Any) -> Location:
        return Location.objects.create(name=name or f"Site {next(serial)}", **fields)

    return make


@pytest.fixture
def make_station(make_location: Callable[..., Location]) -> Callable[..., Station]:
    """Make a station in the current schema; `charge_points` of 22 kW each, key STATION_KEY.

    `products` are assigned since they are booked, so that cards can charge.
    """

    def make(
        charge_box_id: str = "",
        *,
        location: Location | None = None,
        charge_points: int = 1,
        power_w: int = 22_000,
        products: tuple[Product, ...] = (Product.EOPERATE_PROFESSIONAL,),
        **fields: Any,
    ) -> Station:
        tenant = Tenant.objects.get(schema_name=connection.schema_name)
        plan = StationPlan(
            charge_box_id=charge_box_id or f"T-{next(serial)}",
            location=location or make_location(),
            password=STATION_KEY,
            generated=True,
            charge_points=(ChargePointPlan(max_power_w=power_w),) * charge_points,
            fields=fields,
        )
        station = create_station(tenant, plan, now=NOW)
        assign(station, *products)
        return station

    return make


def assign(station: Station, *products: Product) -> None:
    """Assign the products to the station since they are booked."""
    ProductAssignment.objects.bulk_create(
        ProductAssignment(station=station, product=product.value, starts_on=BOOKED_SINCE)
        for product in products
    )


def make_client(user: User | None = None, host: str = "alpha.localhost") -> Client:
    """Return a client of the user (None: nobody) at a tenant's host."""
    client = Client(HTTP_HOST=host)
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def make_user() -> Callable[..., User]:
    """Make a user in the current schema; `locations` limits it to these."""

    def make(
        role: str = "operator", *, locations: list[Location] | None = None, **fields: Any
    ) -> User:
        email = fields.pop("email", f"user{next(serial)}@example.com")
        user = ensure_user(email, password=PASSWORD, role=role, **fields)
        if locations is not None:
            limit_to_locations(user, locations)
        return user

    return make
