"""What the two demo tenants own: sites, stations, contracts, as `fixtures/demo.json` says."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.infrastructure.choices import ConnectorType, Current
from apps.infrastructure.services.stations import ChargePointPlan

PASSWORD = "charge-the-yard"  # noqa: S105 - shown to whoever starts the demo
PLATFORM_OPERATOR = "root@chargeyard.example"


@dataclass(frozen=True, slots=True)
class Model:
    """A kind of charger; power in W per charge point."""

    manufacturer: str
    name: str
    firmware: str
    current: Current
    power_w: int

    def charge_point(self, evse_id: str) -> ChargePointPlan:
        """Return the plan of one of its charge points."""
        if self.current is Current.DC:
            return ChargePointPlan(
                max_power_w=self.power_w,
                current=self.current.value,
                connector_type=ConnectorType.CCS_2.value,
                evse_id=evse_id,
            )
        return ChargePointPlan(
            max_power_w=self.power_w,
            voltage_v=400,
            current_a=16 if self.power_w <= 11_000 else 32,
            phases=3,
            evse_id=evse_id,
        )


@dataclass(frozen=True, slots=True)
class StationPlan:
    """One charger: its id and how many charge points it has.

    `is_free`: anyone may charge without a card. `had_key`: its meters had a public key until they
    were changed, but never sent signed data. `signing`: how its meters sign (`Signing`).
    """

    charge_box_id: str
    model: Model
    charge_points: int = 1
    is_free: bool = False
    had_key: bool = False
    signing: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """A location and what stands there."""

    name: str
    street: str
    postal_code: str
    city: str
    country: str
    time_zone: str
    latitude: str
    longitude: str
    stations: tuple[StationPlan, ...]


@dataclass(frozen=True, slots=True)
class TenantPlan:
    """A demo tenant. `foreign`: provider ids of partners whose drivers come, too."""

    short_name: str
    name: str
    hue: int
    country: str
    language: str
    time_zone: str
    operator_id: str
    providers: tuple[str, ...]
    foreign: tuple[str, ...]
    sites: tuple[Site, ...]

    def email(self, person: str) -> str:
        return f"{person}@{self.short_name}.example"


def read_site(row: dict[str, Any], models: dict[str, Model]) -> Site:
    """Return a location with its stations; each station names its model."""
    stations = [
        StationPlan(**{**station, "model": models[station["model"]]}) for station in row["stations"]
    ]
    return Site(**{**row, "stations": tuple(stations)})


def read_tenants(path: Path) -> tuple[TenantPlan, ...]:
    """Return the demo tenants of the file; KeyError or TypeError for an unknown word in it."""
    document = json.loads(path.read_text(encoding="utf-8"))
    models = {
        key: Model(**{**row, "current": Current(row["current"])})
        for key, row in document["models"].items()
    }
    return tuple(
        TenantPlan(
            **{
                **row,
                "providers": tuple(row["providers"]),
                "foreign": tuple(row["foreign"]),
                "sites": tuple(read_site(site, models) for site in row["sites"]),
            }
        )
        for row in document["tenants"]
    )


TENANTS = read_tenants(settings.BASE_DIR / "fixtures" / "demo.json")
