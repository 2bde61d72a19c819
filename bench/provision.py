"""A tenant, a card and stations for the benchmark: `python -m bench.provision STATIONS`.

Prints charge box ids and keys as JSON. The keys are generated ones, as most chargers have them: a
chosen password would cost half a second of CPU at each first handshake.
"""

import io
import json
import os
import sys

import django

TENANT = "bench"
CARD = "BENCH0CARD"
LOCATION = "Bench"


def provision(number: int) -> list[list[str]]:
    """Return charge box id and key of each station, made anew where it is not there yet."""
    from django.core.management import call_command
    from django.utils import timezone

    from apps.accounts.services.locations import ensure_location
    from apps.infrastructure.models import Station
    from apps.infrastructure.services.stations import ChargePointPlan, StationPlan, create_station
    from apps.tenants.context import run_in_schema
    from apps.tenants.models import Tenant

    silent = io.StringIO()
    call_command("upgrade", stdout=silent)
    call_command(
        *("create_tenant", TENANT, "--name", "Bench", "--host", "bench.localhost"), stdout=silent
    )
    call_command("create_card", CARD, "--tenant", TENANT, stdout=silent)
    tenant = Tenant.objects.get(schema_name=TENANT)

    def ensure_stations() -> list[list[str]]:
        rows = []
        location = ensure_location(LOCATION)
        for serial in range(1, number + 1):
            name, key = f"BENCH-{serial:05}", f"{serial:040x}"
            if not Station.objects.filter(charge_box_id=name).exists():
                plan = StationPlan(
                    charge_box_id=name,
                    location=location,
                    password=key,
                    generated=True,
                    charge_points=(ChargePointPlan(max_power_w=22_000),),
                )
                create_station(tenant, plan, now=timezone.now())
            rows.append([name, key])
        return rows

    return run_in_schema(TENANT, ensure_stations)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    django.setup()
    print(json.dumps(provision(int(sys.argv[1]))))
