"""Every address of the platform console, with one row of each model that has a page there."""

from collections.abc import Callable, Iterator
from typing import Any

from django.urls import URLPattern
from django.utils import timezone

from apps.accounts.models import Location, User
from apps.accounts.services.users import ensure_user
from apps.audit.models import Entry
from apps.core.schemas import run_in_schema
from apps.help.models import Document, Malfunction
from apps.infrastructure.services.stations import ChargePointPlan, StationPlan, create_station
from apps.portal.site import console_site
from apps.tenants.models import BookedProduct, Brand, ChargeBoxRoute, GatewayProcess, Host, Tenant
from tests.conftest import PASSWORD, STATION_KEY
from tests.portal.sweep import NO_PAGES, Address, fill

EMAIL = "qzq@example.com"
"""Of a tenant's person."""
OPERATOR = "qzq-operator@example.com"
"""Of an operator whose page is opened, not of who opens it."""


def alpha() -> Tenant:
    return Tenant.objects.get(schema_name="alpha")


def make_route() -> ChargeBoxRoute:
    tenant = alpha()

    def station_pk() -> int:
        plan = StationPlan(
            charge_box_id="QZQ-BOX",
            location=Location.objects.create(name="QZQ-site"),
            password=STATION_KEY,
            generated=True,
            charge_points=(ChargePointPlan(max_power_w=22_000),),
        )
        return create_station(tenant, plan, now=timezone.now()).pk

    return ChargeBoxRoute.objects.get(station_pk=run_in_schema("alpha", station_pk), tenant=tenant)


def make_malfunction() -> Malfunction:
    now = timezone.now()
    return Malfunction.objects.create(
        titles={"en": "QZQ"}, components=["chargers"], began_at=now, told_at=now
    )


FACTORIES: dict[type, Callable[[], Any]] = {
    Tenant: alpha,
    Brand: lambda: alpha().brand,
    BookedProduct: lambda: alpha().booked_products.first(),
    Host: lambda: alpha().domains.first(),
    GatewayProcess: lambda: GatewayProcess.objects.create(
        gateway_id="QZQ", started_at=timezone.now(), beat_at=timezone.now()
    ),
    User: lambda: User.objects.create_user(OPERATOR, PASSWORD),
    Document: lambda: Document.objects.create(title="QZQ", category="manual"),
    Malfunction: make_malfunction,
    ChargeBoxRoute: make_route,
    Entry: lambda: Entry.objects.latest("pk"),
}


def make_rows() -> dict[type, Any]:
    """Make one row of every model of the console; to be called in the public schema."""
    run_in_schema("alpha", ensure_user, EMAIL, password=PASSWORD, role="admin")
    missing = set(console_site._registry) - set(FACTORIES)
    assert not missing, f"write how a row is made in tests/portal/console_sweep.py: {missing}"
    # The trail tells of the others.
    models = sorted(console_site._registry, key=lambda model: model is Entry)
    return {model: FACTORIES[model]() for model in models}


def addresses(rows: dict[type, Any]) -> Iterator[Address]:
    """Yield every address of the console, with the ids of `rows` where one is asked for."""
    person = run_in_schema("alpha", User.objects.get, email=EMAIL)
    for entry in console_site.get_urls():
        if isinstance(entry, URLPattern) and entry.name and entry.name not in NO_PAGES:
            yield Address(fill(f"/{entry.pattern}", None), entry.name, None)
    for model, model_admin in console_site._registry.items():
        meta = model._meta
        for entry in model_admin.get_urls():
            path = fill(f"/{meta.app_label}/{meta.model_name}/{entry.pattern}", rows[model])
            if entry.name and "_people_" in entry.name:
                path += f"?user={person.pk}"
            yield Address(path, entry.name or "redirect", model)
