"""Gateways die and all chargers dial in again at once, while people log in to the portal."""

import statistics
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from bench.browser import Browser
from bench.processes import FleetProcess, Server
from bench.provision import CARD, EMAIL, PASSWORD, host_of
from bench.stage import Stage
from bench.table import Line, at_most, none_at_all

TITLE = "reconnect storm: 1,000 on one gateway, 5,000 on two; log-in at the portal meanwhile"
MINUTES = 6
LOGIN_P95_S = 2
LOGIN_PAUSE_S = 0.3


@dataclass(frozen=True, slots=True)
class Storm:
    gateways: int
    chargers: int
    target_s: float


@dataclass(frozen=True, slots=True)
class Size:
    storms: tuple[Storm, ...]


FULL = Size((Storm(1, 1000, 30), Storm(2, 5000, 120)))
QUICK = Size((Storm(1, 10, 30),))


def stations(size: Size) -> int:
    return 0


def crowd(size: Size, tenants: int) -> int:
    return max(storm.chargers for storm in size.storms)


@dataclass
class People:
    """Log in again and again in a thread; `seconds` of each log-in."""

    portal: Server
    host: str
    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self.stopping.is_set():
            try:
                self.seconds.append(Browser(self.portal.port, self.host).log_in(EMAIL, PASSWORD))
            except (OSError, RuntimeError) as error:
                self.failures.append(str(error))
            self.stopping.wait(LOGIN_PAUSE_S)


def run(stage: Stage, size: Size) -> Iterator[Line]:
    """Yield seconds until all are settled, refusals, tracebacks and the log-in's p95."""
    for storm in size.storms:
        yield from ride_out(stage, storm)


def ride_out(stage: Stage, storm: Storm) -> Iterator[Line]:
    chosen = [one[:2] for one in stage.crowd(storm.chargers)]
    with ExitStack() as stack, stage.portal() as portal:
        gateways = [stack.enter_context(stage.gateway()) for _ in range(storm.gateways)]
        fleets = [stack.enter_context(FleetProcess()) for _ in gateways]
        ports = [gateway.port for gateway in gateways]
        for number, (fleet, port) in enumerate(zip(fleets, ports, strict=True)):
            part = chosen[number :: storm.gateways]
            fleet.do("connect", host="127.0.0.1", port=port, stations=part, id_tag=CARD)
        for gateway in gateways:
            gateway.kill()
        for gateway in gateways:
            gateway.start()
        people = People(portal, host_of(stage.tenants()[0]))
        thread = threading.Thread(target=people.run)
        thread.start()
        try:
            for fleet, port in zip(fleets, ports, strict=True):
                fleet.order("storm", host="127.0.0.1", port=port, within_s=storm.target_s * 3)
            told = [fleet.told() for fleet in fleets]
        finally:
            people.stopping.set()
            thread.join()
        tracebacks = sum(gateway.tracebacks() for gateway in gateways)
    yield from lines(storm, told, people, tracebacks)


def lines(
    storm: Storm, told: list[dict[str, Any]], people: People, tracebacks: int
) -> Iterator[Line]:
    title = f"storm, {storm.chargers:,} on {storm.gateways}"
    for reasons in (one["reasons"] for one in told if one["reasons"]):
        print(f"{title}: {reasons}", file=sys.stderr)
    settled_s = max(one["settled_s"] for one in told)
    yield Line(f"{title}: all settled", settled_s, "s", at_most(storm.target_s), places=1)
    for name, key in (
        ("not settled at all", "unsettled"),
        ("handshakes answered 5xx", "server_errors"),
        ("answers that were errors", "errors"),
    ):
        yield Line(f"{title}: {name}", sum(one[key] for one in told), target=none_at_all())
    yield Line(f"{title}: sockets cut off while settling", sum(one["cut_off"] for one in told))
    yield Line(f"{title}: tracebacks", tracebacks, target=none_at_all())
    p95_s = statistics.quantiles(people.seconds, n=20)[-1] if len(people.seconds) > 1 else None
    yield Line(f"{title}: log-in p95", p95_s, "s", at_most(LOGIN_P95_S), places=2)
    yield Line(f"{title}: log-ins that failed", len(people.failures), target=none_at_all())
