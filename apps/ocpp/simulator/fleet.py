"""A fleet of simulated chargers, from a file or made up for load.

Shape of the file (lists of cards may also stand in a station, for that station alone):

    {"url": "ws://127.0.0.1:8000",
     "stations": [{"id": "CB-1", "password": "...", "connectors": [1, 2], "power_w": 22000,
                   "current_type": "AC", "vendor": "...", "model": "...", "serial": "...",
                   "meters": {"1": {"number": "...", "private_key": "4f...", "curve": "secp256r1",
                                    "fault": "tampered", "wrapping": "oca",
                                    "offers_key": true}}}],
     "cards": ["..."], "unknown_cards": ["..."], "blocked_cards": ["..."]}
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from apps.ocpp.simulator.options import Identity
from apps.ocpp.simulator.scenario import Cards
from apps.ocpp.simulator.signing import Fault, SigningMeter, Wrapping


class FleetError(ValueError):
    """The fleet file cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class StationPlan:
    """One charger to simulate."""

    charge_box_id: str
    cards: Cards
    password: str | None = None
    connectors: tuple[int, ...] = (1,)
    power_w: float = 22_000.0
    current_type: str = "AC"
    identity: Identity = field(default_factory=Identity)
    meters: Mapping[int, SigningMeter] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fleet:
    """Chargers and the address they connect to, as far as it is known."""

    url: str | None
    stations: tuple[StationPlan, ...]


def read_fleet(path: Path) -> Fleet:
    """Return the fleet of a file; raise FleetError when it is missing or has another shape."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FleetError(f"cannot read the fleet file {path}: {error.strerror}") from error
    except ValueError as error:
        raise FleetError(f"{path} is no JSON: {error}") from error
    if not isinstance(data, dict) or not isinstance(data.get("stations"), list):
        raise FleetError(f'{path} lacks the list "stations"')
    try:
        stations = tuple(_station(entry, data) for entry in data["stations"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FleetError(f"{path}: a station is not as it should be: {error!r}") from error
    return Fleet(data.get("url"), stations)


def made_up_fleet(
    count: int,
    *,
    id_prefix: str,
    password: str | None,
    cards: Sequence[str] = (),
    power_w: float = 22_000.0,
) -> Fleet:
    """Return `count` like chargers `SIM-0001`, `SIM-0002`, ... for load."""
    digits = max(len(str(count)), 4)
    held = Cards(good=tuple(cards))
    return Fleet(
        None,
        tuple(
            StationPlan(f"{id_prefix}{number:0{digits}d}", held, password, power_w=power_w)
            for number in range(1, count + 1)
        ),
    )


def _station(entry: Mapping[str, Any], data: Mapping[str, Any]) -> StationPlan:
    usual = Identity()
    return StationPlan(
        charge_box_id=str(entry["id"]),
        cards=_cards(entry, data),
        password=entry.get("password"),
        connectors=tuple(int(number) for number in entry.get("connectors") or (1,)),
        power_w=float(entry.get("power_w") or 22_000),
        current_type=str(entry.get("current_type") or "AC"),
        identity=Identity(
            vendor=str(entry.get("vendor") or usual.vendor),
            model=str(entry.get("model") or usual.model),
            serial=str(entry.get("serial") or entry["id"]),
            firmware=str(entry.get("firmware") or usual.firmware),
        ),
        meters={
            int(number): _meter(fields) for number, fields in (entry.get("meters") or {}).items()
        },
    )


def _meter(fields: Mapping[str, Any]) -> SigningMeter:
    return SigningMeter(
        number=str(fields["number"]),
        private_key=str(fields["private_key"]),
        curve=str(fields.get("curve") or "secp256r1"),
        fault=Fault(fields.get("fault") or ""),
        wrapping=Wrapping(fields.get("wrapping") or "plain"),
        offers_key=bool(fields.get("offers_key")),
    )


def _cards(entry: Mapping[str, Any], data: Mapping[str, Any]) -> Cards:
    def listed(name: str) -> tuple[str, ...]:
        return tuple(str(tag) for tag in entry.get(name) or data.get(name) or ())

    return Cards(listed("cards"), listed("unknown_cards"), listed("blocked_cards"))
