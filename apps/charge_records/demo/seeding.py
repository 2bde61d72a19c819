"""Filling an instance with the demo; a second call finds everything done and adds nothing."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from apps.charge_records.demo.fleet import read_keys, write_fleet
from apps.charge_records.demo.history import write_history
from apps.charge_records.demo.master_data import (
    Property,
    ensure_demo_tenant,
    ensure_platform_operator,
    provision,
)
from apps.charge_records.demo.plans import TENANTS, TenantPlan
from apps.charge_records.models import ChargingSession
from apps.tenants.context import run_in_schema
from apps.tenants.models import Tenant
from apps.tenants.services.provisioning import PUBLIC_SCHEMA


def seed(*, now: datetime, say: Callable[[str], None]) -> None:
    """Create whatever is missing. Each tenant is all or nothing."""
    keys = read_keys()
    if is_seeded(keys):
        return
    run_in_schema(PUBLIC_SCHEMA, ensure_platform_operator)
    write_fleet([seed_tenant(plan, keys, now=now, say=say) for plan in TENANTS])


def is_seeded(keys: dict[str, str]) -> bool:
    """Say whether both tenants have their history and the keys of their stations are known."""
    wanted = {
        station.charge_box_id
        for plan in TENANTS
        for site in plan.sites
        for station in site.stations
    }
    if not wanted <= set(keys):
        return False
    known = set(Tenant.objects.customers().values_list("schema_name", flat=True))
    return all(
        plan.short_name in known and run_in_schema(plan.short_name, has_history) for plan in TENANTS
    )


def has_history() -> bool:
    return ChargingSession.objects.exists()


@transaction.atomic
def seed_tenant(
    plan: TenantPlan, keys: dict[str, str], *, now: datetime, say: Callable[[str], None]
) -> Property:
    """Create the tenant with all it has and, unless it has one, its history."""
    tenant = ensure_demo_tenant(plan, now=now)
    owned = run_in_schema(plan.short_name, provision, plan, tenant, keys, now=now)
    if not run_in_schema(plan.short_name, has_history):
        sessions = run_in_schema(plan.short_name, write_history, owned, now=now)
        say(f"{plan.name}: {len(owned.stations)} charging stations, {sessions} charging sessions.")
    return owned
