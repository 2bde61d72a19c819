"""Nothing writes master data past the trail: each model is watched or says why not (ACC-07)."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import Model

from apps.audit.services.watch import WATCHED
from apps.core.bulk import WatchedQuerySet

pytestmark = pytest.mark.req("ACC-07")

PROJECT = Path(__file__).parents[2]
SOURCES = sorted(
    path for path in (PROJECT / "apps").rglob("*.py") if "migrations" not in path.parts
)
ROOMS = ("accounts", "audit", "emaid", "help", "infrastructure", "portal", "tenants")

# Why a model of these rooms is not watched.
NOT_WATCHED = {
    "accounts.accountnotice": "a queue of mails; the reset and the lock are entries of their own",
    "accounts.signedinplace": "goes with its session; log-in and end are entries of their own",
    "audit.entry": "the trail itself",
    "help.dismissal": "what a person put away for now",
    "help.healthreport": "signs of life",
    "help.reader": "what a person has seen",
    "infrastructure.stationcommand": "the request is an entry of the kind 'command'",
    "infrastructure.stationconnection": "presence, written by gateways",
    "infrastructure.securityevent": "a report of a station or a gateway",
    "infrastructure.statuschange": "a report of a station",
    "portal.listchoice": "what a person chose on a list",
    "tenants.dataarchive": "the download is an entry of the kind 'exported'",
    "tenants.supportaccess": "begin and end are entries of their own kinds",
    "tenants.chargeboxroute": "follows the station, whose Chargebox ID is watched",
    "tenants.gatewayprocess": "signs of life",
}
# Managers that are not ours; their bulk writes are forbidden below.
THIRD_PARTY = {"auth.group": "Group"}
UNSEEN = {"_raw_delete", "abulk_create", "abulk_update", "aupdate"}


def room_models() -> list[type[Model]]:
    return [model for room in ROOMS for model in apps.get_app_config(room).get_models()]


def test_models_when_they_hold_master_data_then_watched() -> None:
    unknown = [
        label
        for label in (model._meta.label_lower for model in room_models())
        if label not in WATCHED and label not in NOT_WATCHED
    ]
    assert not unknown, "watch them in the room's apps.py, or say in NOT_WATCHED why not"


def test_models_when_said_not_to_be_watched_then_they_are_not() -> None:
    assert not WATCHED.keys() & NOT_WATCHED.keys()


@pytest.mark.parametrize("label", sorted(set(WATCHED) - set(THIRD_PARTY)))
def test_managers_when_the_model_is_watched_then_they_tell_of_bulk_writes(label: str) -> None:
    model = WATCHED[label].model
    for manager in (model._default_manager, *model._meta.managers):
        assert isinstance(manager.get_queryset(), WatchedQuerySet), manager


def chain_of(node: ast.AST) -> list[str]:
    """Return the names of a chain of calls, outermost first: a.b().update → [update, b, a]."""
    names = []
    while True:
        if isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        else:
            return [*names, node.id] if isinstance(node, ast.Name) else names


TABLES = "|".join(sorted(watched.model._meta.db_table for watched in WATCHED.values()))
RAW = re.compile(rf'(UPDATE|INSERT INTO|DELETE FROM|COPY|TRUNCATE)\s+"?({TABLES})\b')


def unseen_writes(tree: ast.AST) -> list[str]:
    """Return the writes in a module of which no query set would tell."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            names = chain_of(node)
            if names and names[0] in UNSEEN:
                found.append(names[0])
            if names and names[0] in {"update", "bulk_create", "bulk_update"}:
                is_past_manager = "_base_manager" in names
                if is_past_manager or names[-1] in THIRD_PARTY.values():
                    found.append(".".join(reversed(names)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found += [" ".join(match) for match in RAW.findall(node.value)]
    return found


def test_sources_when_they_write_master_data_then_the_trail_sees_it() -> None:
    faults = {
        str(path.relative_to(PROJECT)): found
        for path in SOURCES
        if (found := unseen_writes(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert not faults


@pytest.mark.parametrize(
    "source",
    [
        "Group.objects.filter(pk=1).update(name='x')",
        "Group.objects.bulk_create([])",
        "Station._base_manager.filter(pk=1).update(name='x')",
        "rows._raw_delete('default')",
        "cursor.execute('UPDATE infrastructure_station SET name = %s')",
        "async def f():\n    await Station.objects.filter(pk=1).aupdate(name='x')",
    ],
)
def test_guard_when_a_write_goes_past_the_trail_then_it_is_seen(source: str) -> None:
    assert unseen_writes(ast.parse(source))


@pytest.mark.parametrize(
    "source", ["Station.objects.filter(pk=1).update(name='x')", "values.update(a=1)"]
)
def test_guard_when_a_query_set_tells_of_it_then_no_fault(source: str) -> None:
    assert not unseen_writes(ast.parse(source))
