"""Committed stations for fixtures that outlive a test."""

from itertools import count

from apps.accounts.models import Location
from apps.emaid.models import Card
from apps.infrastructure.services.stations import ChargePointPlan, StationPlan, create_station
from apps.tenants.context import run_in_schema
from apps.tenants.domain.products import Product
from apps.tenants.models import Tenant
from tests.conftest import NOW, STATION_KEY, assign
from tests.ocpp.gateway.clients import Place

serial = count(1)


def new_place(schema: str = "alpha", *, charge_points: int = 1) -> Place:
    """Make a station with its own location and a card of its charge box id; key STATION_KEY."""
    charge_box_id = f"LP-{next(serial)}"

    def create() -> int:
        Card.objects.create(tag=charge_box_id)
        plan = StationPlan(
            charge_box_id=charge_box_id,
            location=Location.objects.create(name=charge_box_id),
            password=STATION_KEY,
            generated=True,
            charge_points=(ChargePointPlan(max_power_w=22_000),) * charge_points,
        )
        station = create_station(Tenant.objects.get(schema_name=schema), plan, now=NOW)
        assign(station, Product.EOPERATE_PROFESSIONAL)
        return station.pk

    return Place(schema, run_in_schema(schema, create), charge_box_id)
