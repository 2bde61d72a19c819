"""Provision a charging station with its charge points and connectors. Idempotent."""

from typing import Any

from django.core.management import BaseCommand, CommandParser
from django.db import transaction
from django.utils import timezone

from apps.accounts.services.locations import ensure_location
from apps.infrastructure.choices import ConnectorType, Current
from apps.infrastructure.models import Station
from apps.infrastructure.services.assignments import (
    LimitReached,
    NotBooked,
    ensure_assignment,
)
from apps.infrastructure.services.stations import (
    ChargePointPlan,
    StationPlan,
    add_charge_point,
    change_key,
    create_station,
)
from apps.tenants.commands import add_tenant_argument, get_tenant, plain_errors
from apps.tenants.context import run_in_schema
from apps.tenants.domain.products import Product
from apps.tenants.models import Tenant


class Command(BaseCommand):
    help = "Create a charging station, or give an existing one this password and charge points."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("charge_box_id")
        add_tenant_argument(parser)
        parser.add_argument("--password", required=True, help="HTTP Basic, 8 to 40 characters")
        parser.add_argument("--location", required=True, help="name; made when it is new")
        parser.add_argument("--charge-points", type=int, default=1)
        parser.add_argument("--power-kw", type=float, default=22.0, help="per charge point")
        parser.add_argument("--current", choices=Current.values, default=Current.AC.value)
        parser.add_argument("--name", default="")
        parser.add_argument(
            "--product",
            action="append",
            dest="products",
            choices=[product.value for product in Product],
            help="assigned from today (repeatable; default: eOperate Professional where booked)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with plain_errors():
            tenant = get_tenant(options["tenant"])
            station = run_in_schema(tenant.schema_name, self.ensure, tenant, options)
            run_in_schema(tenant.schema_name, self.assign, tenant, station, options["products"])
        self.stdout.write(
            f"station {station.charge_box_id}, dial /device/ocpp16/{station.charge_box_id}"
        )

    def assign(self, tenant: Tenant, station: Station, names: list[str] | None) -> None:
        """Assign what was named; of what nobody named say only that it could not be had."""
        today = timezone.localdate()
        try:
            for name in names or [Product.EOPERATE_PROFESSIONAL]:
                ensure_assignment(tenant, station, Product(name), first=today, today=today)
        except (NotBooked, LimitReached) as error:
            if names:
                raise
            self.stderr.write(f"RFID cards cannot charge at {station}: {error}")

    @transaction.atomic
    def ensure(self, tenant: Tenant, options: dict[str, Any]) -> Station:
        now = timezone.now()
        current = options["current"]
        plan = ChargePointPlan(
            max_power_w=round(options["power_kw"] * 1000),
            current=current,
            connector_type=ConnectorType.CCS_2 if current == Current.DC else ConnectorType.TYPE_2,
        )
        station = Station.objects.filter(charge_box_id__iexact=options["charge_box_id"]).first()
        if station is None:
            return create_station(
                tenant,
                StationPlan(
                    charge_box_id=options["charge_box_id"],
                    location=ensure_location(options["location"]),
                    password=options["password"],
                    charge_points=(plan,) * options["charge_points"],
                    fields={"name": options["name"]},
                ),
                now=now,
            )
        change_key(station, options["password"], generated=False, now=now)
        for number in range(station.charge_points.count() + 1, options["charge_points"] + 1):
            add_charge_point(station, number, plan)
        return station
