"""Provisioning the demo's tenants, people, sites, stations and cards by the usual services."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from apps.accounts.models import Location, User
from apps.accounts.services.locations import ensure_location
from apps.accounts.services.users import ensure_user, limit_to_locations
from apps.charge_records.demo.plans import (
    PASSWORD,
    PLATFORM_OPERATOR,
    Site,
    StationPlan,
    TenantPlan,
)
from apps.charge_records.demo.signing import Signing, demo_meter, hanging_meter, meters_of
from apps.charge_records.domain.ocmf.keys import read_key
from apps.charge_records.domain.offers import KeySource
from apps.charge_records.models import OfferedKey
from apps.emaid.models import Card
from apps.emaid.services import ensure_card
from apps.infrastructure.models import ChargePoint, Meter, Station
from apps.infrastructure.services.assignments import ensure_assignment
from apps.infrastructure.services.passwords import generate_key
from apps.infrastructure.services.stations import StationPlan as NewStation
from apps.infrastructure.services.stations import change_key, create_station
from apps.tenants.domain.products import Product
from apps.tenants.models import Tenant
from apps.tenants.services.provisioning import create_tenant

# Enough that two drivers of one station rarely hold the same card.
CARDS_PER_STATION = 12
METER_CHANGED = timedelta(days=24)
KEY_KEPT_SINCE = timedelta(days=3)
BOOKED_SINCE = timedelta(days=60)
# A key of secp256r1 as DER; its private half was thrown away.
OLD_PUBLIC_KEY = (
    "3059301306072A8648CE3D020106082A8648CE3D030107034200047F002BAC8D2BDF919715406804DCD752E3C38E5A"
    "DF58FB57152B32226559E3D744B6CCFEF09A42D144075E8A2542910FDCF9506B3EBB85915FB6CC79416AE1B9"
)
# Each further card of a station belongs in turn to: the operator, the tenant's own contracts, a
# partner's contracts, so that about half of the sessions are own charges.
OWNERS = ("foreign", "own", "foreign", "operator")


@dataclass(slots=True)
class StationCards:
    """Who comes to a station."""

    good: list[Card] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    refused: list[Card] = field(default_factory=list)


@dataclass(slots=True)
class Property:
    """What was provisioned for a tenant; all but the stations by charge box id.

    `meters`: those that sign, by connector (`signing.meters_of`).
    """

    tenant: Tenant
    stations: list[tuple[StationPlan, Station]] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    meters: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    cards: dict[str, StationCards] = field(default_factory=dict)


def ensure_demo_tenant(plan: TenantPlan, *, now: datetime) -> Tenant:
    """Create the tenant with all products, booked since two months."""
    return create_tenant(
        plan.short_name,
        name=plan.name,
        hosts=[f"{plan.short_name}.localhost"],
        hue=plan.hue,
        products=list(Product),
        today=(now - BOOKED_SINCE).date(),
        country=plan.country,
        default_language=plan.language,
        time_zone=plan.time_zone,
        provider_ids=list(plan.providers),
    )


def ensure_platform_operator() -> None:
    """Create the operator of the console, in the public schema, unless there is one."""
    if not User.objects.filter(email__iexact=PLATFORM_OPERATOR).exists():
        User.objects.create_superuser(PLATFORM_OPERATOR, PASSWORD)


def provision(
    plan: TenantPlan, tenant: Tenant, known_keys: dict[str, str], *, now: datetime
) -> Property:
    """Provision everything of the tenant, in its schema. Keys that are known go on."""
    owned = Property(tenant)
    locations = [add_site(plan, site, owned, known_keys, now=now) for site in plan.sites]
    people = (("admin", "admin"), ("operator", "operator"), ("manager", "operator"))
    for person, role in people:
        user = ensure_user(plan.email(person), password=PASSWORD, role=role)
        if person == "manager":
            limit_to_locations(user, locations[:1])
    rng = random.Random(f"cards of {plan.short_name}")
    refused = [
        ensure_card(draw_uid(rng), label="Lost card", is_blocked=True),
        ensure_card(draw_uid(rng), label="Old card", valid_until=now - timedelta(days=50)),
    ]
    owners = owner_emaids(plan, rng)
    for _station_plan, station in owned.stations:
        owned.cards[station.charge_box_id] = StationCards(
            good=[ensure_card(draw_uid(rng), emaid=next(owners)) for _ in range(CARDS_PER_STATION)],
            unknown=[draw_uid(rng) for _ in range(2)],
            refused=refused,
        )
    return owned


def add_site(
    plan: TenantPlan, site: Site, owned: Property, known_keys: dict[str, str], *, now: datetime
) -> Location:
    """Add the location and its stations."""
    location = ensure_location(
        site.name,
        street=site.street,
        postal_code=site.postal_code,
        city=site.city,
        country=site.country,
        time_zone=site.time_zone,
    )
    for position, station_plan in enumerate(site.stations):
        key = known_keys.get(station_plan.charge_box_id) or generate_key()
        station = Station.objects.filter(charge_box_id=station_plan.charge_box_id).first()
        if station is None:
            new = new_station(plan, site, location, station_plan, position, key)
            station = create_station(owned.tenant, new, now=now)
            finish_station(station, station_plan, now=now)
        elif station_plan.charge_box_id not in known_keys:
            change_key(station, key, generated=True, now=now)
        for product in (Product.EOPERATE_PROFESSIONAL, Product.EMARKETPLACE_CPO):
            ensure_assignment(
                owned.tenant, station, product, first=(now - BOOKED_SINCE).date(), today=now.date()
            )
        owned.stations.append((station_plan, station))
        signing = Signing(station_plan.signing)
        owned.meters[station.charge_box_id] = meters_of(signing, station)
        owned.keys[station.charge_box_id] = key
    return location


def new_station(
    plan: TenantPlan,
    site: Site,
    location: Location,
    station_plan: StationPlan,
    position: int,
    key: str,
) -> NewStation:
    """Return what `create_station` asks for; stations of a site stand some metres apart."""
    model = station_plan.model
    number = station_plan.charge_box_id.replace("-", "")[3:]
    return NewStation(
        charge_box_id=station_plan.charge_box_id,
        location=location,
        password=key,
        generated=True,
        charge_points=tuple(
            model.charge_point(f"{site.country}*{plan.operator_id}*E{number}*{point}")
            for point in range(1, station_plan.charge_points + 1)
        ),
        fields={
            "name": f"{site.name} {position + 1}",
            "manufacturer": model.manufacturer,
            "model": model.name,
            "street": site.street,
            "postal_code": site.postal_code,
            "city": site.city,
            "country": site.country,
            "latitude": Decimal(site.latitude) + position * Decimal("0.000180"),
            "longitude": Decimal(site.longitude) + position * Decimal("0.000240"),
            "is_public": True,
        },
    )


def finish_station(station: Station, plan: StationPlan, *, now: datetime) -> None:
    """Give each charge point its meter, in use for half a year or since the last change."""
    points = list(station.charge_points.all())
    if plan.is_free:
        station.charge_points.update(authentication_required=False)
    installed_at, changed_at = now - timedelta(days=182), now - METER_CHANGED
    signing = Signing(plan.signing)
    if signing is not Signing.NONE:
        Meter.objects.bulk_create(
            meter for point in points for meter in signing_meters(signing, point, now=now)
        )
        return
    meters = [draft_meter(point, changed_at if plan.had_key else installed_at) for point in points]
    for point in points if plan.had_key else []:
        old = draft_meter(point, installed_at)
        old.valid_to, old.public_key = changed_at, OLD_PUBLIC_KEY
        meters.append(old)
    Meter.objects.bulk_create(meters)


def signing_meters(signing: Signing, point: ChargePoint, *, now: datetime) -> Iterator[Meter]:
    """Yield the meters of a charge point as master data know them, the last one with its key."""
    meter = draft_meter(point, now - timedelta(days=182))
    if signing in (Signing.SILENT, Signing.WITHOUT_END):
        meter.valid_to = now - KEY_KEPT_SINCE
        yield meter
        meter = draft_meter(point, meter.valid_to)
    meter.public_key = demo_meter(point, meter.meter_number).public_key
    yield meter
    if signing is Signing.SWAPPED:
        point.offered_keys.add(swapped_key(point, meter, now=now), bulk=False)


def swapped_key(point: ChargePoint, old: Meter, *, now: datetime) -> OfferedKey:
    """Return the key that the new meter named when it was first used."""
    new = hanging_meter(Signing.SWAPPED, point, old.meter_number)
    key = read_key(new.public_key)
    return OfferedKey(
        charge_point=point,
        public_key=key.hex,
        fingerprint=key.fingerprint,
        curve=key.curve.name,
        source=KeySource.MESSAGE.value,
        meter_number=new.number,
        first_seen_at=now - METER_CHANGED,
        last_seen_at=now,
    )


def draft_meter(point: ChargePoint, since: datetime) -> Meter:
    return Meter(
        charge_point=point,
        meter_number=f"1NWK{since:%y%m}{point.pk:06d}",
        calibrated_to=date(since.year + 8, 12, 31),
        valid_from=since,
    )


def owner_emaids(plan: TenantPlan, rng: random.Random) -> Iterator[str]:
    """Yield the contract of one card after the other; "" for a card of the operator."""
    while True:
        for owner in OWNERS:
            if owner == "operator":
                yield ""
                continue
            provider = rng.choice(plan.providers if owner == "own" else plan.foreign)
            yield f"{provider}C{rng.randrange(10**8):08d}"


def draw_uid(rng: random.Random) -> str:
    """Return the UID of a card of seven bytes, in reader order."""
    return "04" + rng.randbytes(6).hex().upper()
