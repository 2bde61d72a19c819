"""The realistic mix (bench/mix.py) of many chargers, each as fast as it is answered.

The closed loop keeps one gateway process saturated, so the same run tells its throughput.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.processes import daphne, uvicorn
from bench.rows import costs
from bench.stage import Stage
from bench.table import Line, at_least

TITLE = "realistic mix on uvicorn and daphne: CPU per 1,000 messages, messages per second"
MINUTES = 4
# CPU seconds per 1,000 messages of the gateway, by server, and of PostgreSQL.
SERVERS = {"uvicorn": (uvicorn, 0.8), "daphne": (daphne, 1.2)}
DATABASE_S = 0.9
PER_SECOND = 700


@dataclass(frozen=True, slots=True)
class Size:
    """`chargers` work at once; each does `rounds` of 100 messages after `warm_up` others that
    do not count. `servers`: names of SERVERS.
    """

    chargers: int
    rounds: int
    warm_up: int = 1
    servers: tuple[str, ...] = tuple(SERVERS)


FULL = Size(chargers=100, rounds=2)
QUICK = Size(chargers=4, rounds=1)


def stations(size: Size) -> int:
    return size.chargers * len(size.servers) * 3


def crowd(size: Size, tenants: int) -> int:
    return 0


def run(stage: Stage, size: Size) -> Iterator[Line]:
    """Yield costs on each server, and the throughput of uvicorn."""
    for name in size.servers:
        make, gateway_s = SERVERS[name]
        ours, floor, rows = (
            costs.cost(
                stage,
                server,
                size.chargers,
                lambda fleet: fleet.do("mix", rounds=size.warm_up),
                lambda fleet: fleet.do("mix", rounds=size.rounds),
            )
            for server in (stage.gateway(make), stage.floor(make), stage.floor_of_rows(make))
        )
        yield from costs.lines(
            f"mix, {name}",
            ours,
            floor,
            gateway_s=gateway_s,
            database_s=DATABASE_S,
            times=costs.TIMES_FLOOR,
            rows=rows,
        )
        yield Line(
            f"mix, {name}: one process, saturated",
            ours.seen.messages / ours.seen.seconds,
            unit="messages/s",
            target=at_least(PER_SECOND) if make is uvicorn else None,
            floor=floor.seen.messages / floor.seen.seconds,
        )
