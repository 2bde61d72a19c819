"""Tenants, cards, people and stations of the benchmark, made by the project's own services:
`python -m bench.provision TENANTS STATIONS` prints the stations as JSON, each as charge box id, key
and tenant.

The keys are generated ones, as most chargers have them: a chosen password would cost half a second
of CPU at each first handshake. A station per tenant in turn.
"""

import io
import json
import os
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import django

CARD = "BENCH0CARD"
LOCATION = "Bench"
EMAIL = "operator@bench.example"
PASSWORD = "a bench to sit upon"
HUE = 210


def tenant_names(number: int) -> list[str]:
    return [f"bench{position:02}" for position in range(1, number + 1)]


def host_of(tenant: str) -> str:
    return f"{tenant}.localhost"


def provision(tenants: int, stations: int) -> list[list[str]]:
    """Return charge box id, key and tenant of each station; what is there already stays."""
    from django.core.management import call_command
    from django.utils import timezone

    from apps.tenants.context import run_in_schema
    from apps.tenants.domain.products import Product
    from apps.tenants.services.provisioning import create_tenant

    call_command("upgrade", stdout=io.StringIO())
    now = timezone.now()
    rows: list[list[str]] = []
    for position, name in enumerate(tenant_names(tenants)):
        tenant = create_tenant(
            name,
            name=name.title(),
            hosts=[host_of(name)],
            hue=HUE,
            products=[Product.EOPERATE_PROFESSIONAL],
            today=now.date(),
        )
        serials = range(position + 1, stations + 1, tenants)
        rows += run_in_schema(name, fill_tenant, tenant, serials, now=now)
    run_in_schema(tenant_names(1)[0], ensure_operator)
    return sorted(rows)


def ensure_operator() -> None:
    """Make the person who logs in and sends commands; of the first tenant, since a password costs
    half a second.
    """
    from apps.accounts.services.users import ensure_user

    ensure_user(EMAIL, password=PASSWORD, role="operator")


def fill_tenant(tenant: Any, serials: Sequence[int], *, now: datetime) -> list[list[str]]:
    """Make card and the stations of these numbers in the tenant's schema."""
    from django.db import transaction

    from apps.accounts.services.locations import ensure_location
    from apps.emaid.services import ensure_card
    from apps.infrastructure.models import Station
    from apps.infrastructure.services.assignments import ensure_assignment
    from apps.infrastructure.services.stations import ChargePointPlan, StationPlan, create_station
    from apps.tenants.domain.products import Product

    known = set(Station.objects.values_list("charge_box_id", flat=True))
    location = ensure_location(LOCATION)
    ensure_card(CARD)
    rows = []
    with transaction.atomic():  # a commit a tenant, not one a station
        for serial in serials:
            name, key = f"BENCH-{serial:05}", f"{serial:040x}"
            if name not in known:
                plan = StationPlan(
                    charge_box_id=name,
                    location=location,
                    password=key,
                    generated=True,
                    charge_points=(ChargePointPlan(max_power_w=22_000),),
                )
                station = create_station(tenant, plan, now=now)
                ensure_assignment(
                    tenant,
                    station,
                    Product.EOPERATE_PROFESSIONAL,
                    first=now.date(),
                    today=now.date(),
                )
            rows.append([name, key, tenant.schema_name])
    return rows


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    django.setup()
    print(json.dumps(provision(int(sys.argv[1]), int(sys.argv[2]))))
