"""A command from the portal to the charger and its answer back, over two gateways."""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass

from bench.processes import FleetProcess
from bench.provision import CARD
from bench.stage import Stage
from bench.table import Line, at_most, none_at_all

TITLE = "command from the portal to the charger and back, two gateways; with the bell cut"
MINUTES = 1
P50_MS = 10
TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class Size:
    """`chargers` on the two gateways together; `commands` one after the other, `unheard` at once
    while nobody hears the bell.
    """

    chargers: int
    commands: int
    unheard: int


FULL = Size(chargers=20, commands=300, unheard=20)
QUICK = Size(chargers=2, commands=10, unheard=2)


def stations(size: Size) -> int:
    return 0


def crowd(size: Size, tenants: int) -> int:
    """All are the tenant's that has the operator; stations are spread over all tenants."""
    return size.chargers * tenants


def run(stage: Stage, size: Size) -> Iterator[Line]:
    """Yield percentiles of the way there and back, and what was lost without a bell."""
    tenant = stage.tenants()[0]
    ours = [one for one in stage.crowd(len(stage.many)) if one[2] == tenant][: size.chargers]
    with (
        stage.gateway() as first,
        stage.gateway() as second,
        stage.desk() as desk,
        FleetProcess() as fleet,
    ):
        for server, part in ((first, ours[::2]), (second, ours[1::2])):
            keys = [one[:2] for one in part]
            fleet.do("connect", host="127.0.0.1", port=server.port, stations=keys, id_tag=CARD)
        took_s = [
            desk.ask(
                "command",
                tenant=tenant,
                charge_box_id=ours[number % len(ours)][0],
                timeout_s=TIMEOUT_S,
            )
            for number in range(size.commands)
        ]
        unheard_s = desk.ask(
            "commands_unheard",
            stations=[[name, tenant] for name, _, _ in ours[: size.unheard]],
            timeout_s=TIMEOUT_S,
        )
    answered_s = [seconds for seconds in took_s if seconds is not None]
    percentiles = statistics.quantiles(answered_s, n=100)
    title = "command and answer, two gateways"
    yield Line(f"{title}: p50", percentiles[49] * 1000, "ms", at_most(P50_MS), places=1)
    yield Line(f"{title}: p95", percentiles[94] * 1000, "ms", places=1)
    yield Line(f"{title}: lost", took_s.count(None), target=none_at_all())
    arrived_s = [seconds for seconds in unheard_s if seconds is not None]
    yield Line("command, bell cut: slowest", max(arrived_s, default=None), "s", places=1)
    yield Line("command, bell cut: lost", unheard_s.count(None), target=none_at_all())
