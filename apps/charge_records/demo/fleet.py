"""The file from which the simulator makes the demo's chargers; it holds their keys in clear."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings

from apps.charge_records.demo.master_data import Property

NAME = "demo_fleet.json"


def fleet_path() -> Path:
    return Path(settings.DATA_DIR) / NAME


def read_keys() -> dict[str, str]:
    """Return the keys kept so far by charge box id; empty when there is no (usable) file."""
    try:
        stations = json.loads(fleet_path().read_text(encoding="utf-8"))["stations"]
        return {entry["id"]: entry["password"] for entry in stations}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def write_fleet(properties: Iterable[Property]) -> None:
    """Write the file anew, readable by the owner only."""
    stations = [entry for owned in properties for entry in entries(owned)]
    path = fleet_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"stations": stations}, file, ensure_ascii=False, indent=1)
    draft.replace(path)


def entries(owned: Property) -> Iterable[dict[str, Any]]:
    """Yield the tenant's chargers in the simulator's words."""
    for plan, station in owned.stations:
        cards = owned.cards[station.charge_box_id]
        yield {
            "id": station.charge_box_id,
            "password": owned.keys[station.charge_box_id],
            "connectors": list(range(1, plan.charge_points + 1)),
            "power_w": plan.model.power_w,
            "current_type": plan.model.current.value.upper(),
            "vendor": plan.model.manufacturer,
            "model": plan.model.name[:20],
            "serial": f"{plan.model.manufacturer[:2].upper()}{station.pk:06d}",
            "firmware": plan.model.firmware,
            "meters": owned.meters[station.charge_box_id],
            "cards": [card.tag for card in cards.good],
            "unknown_cards": cards.unknown,
            "blocked_cards": [card.tag for card in cards.refused],
        }
