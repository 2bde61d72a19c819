"""Rooms and layers: the contracts of pyproject.toml, and what stays private to a room."""

import subprocess
import sys
from pathlib import Path

import grimp
import pytest

PROJECT = Path(__file__).parents[2]

# What another room may import.
PUBLIC_LAYERS = {"services", "selectors", "models", "choices", "domain"}
# Rooms of plumbing have public modules of their own; these stay private even there.
PLUMBING = {"core", "tenants", "portal"}
# The portal's `admin` is the base of every other room's.
PRIVATE_PARTS = {"admin", "apps", "forms", "management", "middleware", "migrations", "views"}

pytestmark = pytest.mark.req("TEN-01")


def room_and_part(module: str) -> tuple[str, str]:
    """Return the room and what follows: `apps.emaid.models.cards` gives `("emaid", "models")`."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "", parts[2] if len(parts) > 2 else ""


def is_open_to_others(module: str) -> bool:
    """Return whether another room may import this module."""
    room, part = room_and_part(module)
    if room == "vocabulary":
        return True
    if (room, part) == ("portal", "admin"):
        return True
    if room in PLUMBING:
        return part not in PRIVATE_PARTS
    return part in PUBLIC_LAYERS


def private_imports(graph: grimp.ImportGraph) -> list[str]:
    """Return `importer -> imported` for each import of another room's private module."""
    found = []
    for importer in sorted(graph.modules):
        for imported in sorted(graph.find_modules_directly_imported_by(importer)):
            rooms = {room_and_part(importer)[0], room_and_part(imported)[0]}
            if len(rooms) > 1 and "" not in rooms and not is_open_to_others(imported):
                found.append(f"{importer} -> {imported}")
    return found


def test_rooms_when_one_imports_another_use_its_public_layers_only() -> None:
    graph = grimp.build_graph("apps", cache_dir=None)

    assert private_imports(graph) == []


def test_private_import_when_there_is_one_is_found() -> None:
    graph = grimp.build_graph("apps", cache_dir=None)
    graph.add_module("apps.dashboard.views")
    graph.add_import(importer="apps.dashboard.views", imported="apps.emaid.admin")
    graph.add_import(importer="apps.dashboard.views", imported="apps.emaid.selectors")

    assert private_imports(graph) == ["apps.dashboard.views -> apps.emaid.admin"]


def test_contracts_when_checked_by_import_linter_are_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run(
        [linter, "--no-cache"], cwd=PROJECT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout
