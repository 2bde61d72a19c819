"""kill -9 of gateways, worker and PostgreSQL at random moments under load; then rows are compared
with what the chargers saw answered.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bench.loyalty import STORED, Differences
from bench.processes import FleetProcess, Program
from bench.provision import CARD
from bench.stage import Stage
from bench.table import Line, at_least, none_at_all

TITLE = "kill -9 loop: 500 chargers, 100 kills, nothing lost, doubled or changed"
MINUTES = 12
TRANSACTIONS = 5_000
PROGRESS_S = 120.0
BOUNCE_EVERY = 10
"""Each so many-th kill is PostgreSQL's."""


@dataclass(frozen=True, slots=True)
class Size:
    """`answers` must come between two kills."""

    chargers: int
    kills: int
    answers: int


FULL = Size(chargers=500, kills=100, answers=400)
QUICK = Size(chargers=4, kills=2, answers=20)


def stations(size: Size) -> int:
    return size.chargers


def crowd(size: Size, tenants: int) -> int:
    return 0


def run(stage: Stage, size: Size) -> Iterator[Line]:
    """Yield kills, transactions and the differences."""
    chosen = stage.stations(size.chargers)
    with ExitStack() as stack:
        gateways = [stack.enter_context(stage.gateway()) for _ in range(2)]
        workers = [stack.enter_context(one) for one in stage.workers()]
        fleet = stack.enter_context(FleetProcess())
        desk = stack.enter_context(stage.desk())
        ports = [gateway.port for gateway in gateways]
        fleet.ask("be_loyal", host="127.0.0.1", ports=ports, stations=chosen, id_tag=CARD)
        dice = random.Random(7)
        for number in range(1, size.kills + 1):
            wait_for_answers(fleet, size.answers)
            time.sleep(dice.random() * 0.2)  # the moment of the kill is the thing that varies
            victim(stage, dice, number, [*gateways, *workers])()
        wait_for_answers(fleet, size.answers)
        told = fleet.ask("be_disloyal")
        missing = desk.ask("settle", tenants=stage.tenants())
    differences = compare(stage, told["truths"])
    title = f"{size.kills} kills, {size.chargers} chargers"
    number = sum(map(len, told["truths"].values()))
    yield Line(f"{title}: transactions", number, target=at_least(TRANSACTIONS))
    yield Line(f"{title}: messages sent again", told["resent"])
    yield Line(f"{title}: answers that were errors", told["refusals"], target=none_at_all())
    yield Line(f"{title}: lost", differences.lost, target=none_at_all())
    yield Line(f"{title}: doubled", differences.doubled, target=none_at_all())
    yield Line(f"{title}: changed", differences.changed, target=none_at_all())
    yield Line(f"{title}: without a charge record", missing, target=none_at_all())


def victim(
    stage: Stage, dice: random.Random, number: int, programs: list[Program]
) -> Callable[[], object]:
    """Return what kills and starts the next one."""
    if number % BOUNCE_EVERY == 0:
        return stage.bounce_database
    return dice.choice(programs).kill_and_start


def wait_for_answers(fleet: FleetProcess, more: int) -> None:
    """Return once so many more messages were answered. Raises RuntimeError when they are not."""
    goal = fleet.ask("answered") + more
    until = time.monotonic() + PROGRESS_S
    while fleet.ask("answered") < goal:
        if time.monotonic() > until:
            raise RuntimeError(f"chargers were not answered {more} times in {PROGRESS_S:.0f} s")
        time.sleep(0.05)


def compare(stage: Stage, truths: dict[str, list[list[Any]]]) -> Differences:
    """Compare what each charger knows with the rows of its station."""
    differences = Differences()
    with stage.database.connect() as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT charge_box_id, station_pk, t.schema_name FROM tenants_chargeboxroute r"
            " JOIN tenants_tenant t ON t.id = r.tenant_id"
        )
        routes = {name: (pk, schema) for name, pk, schema in cursor.fetchall()}
        for name, rows in truths.items():
            pk, schema = routes[name]
            cursor.execute("SELECT set_config('search_path', %s, false)", [f"{schema}, public"])
            cursor.execute(STORED, [pk])
            expected = [(*row[:2], datetime.fromisoformat(row[2]), *row[3:]) for row in rows]
            differences.add(expected, cursor.fetchall())
    return differences
