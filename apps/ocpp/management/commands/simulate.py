"""`manage.py simulate`: drive simulated OCPP 1.6J chargers against any central system."""

import asyncio
import contextlib
import resource
from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError

from apps.ocpp.simulator.clock import Clock
from apps.ocpp.simulator.fleet import Fleet, FleetError, made_up_fleet, read_fleet
from apps.ocpp.simulator.scenario import PACES
from apps.ocpp.simulator.simulation import Options, Simulation

DEFAULT_URL = "ws://127.0.0.1:8000"
CONNECTS_PER_S = 200.0


class Command(BaseCommand):
    """Needs neither database nor checks: it is a client like any charger."""

    help = "Drive simulated OCPP 1.6J chargers: a fleet file, or --count like chargers for load."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        add = parser.add_argument
        add("--fleet", type=Path, action="append", help="fleet file (JSON); may be repeated")
        add("--url", help=f"address, e.g. {DEFAULT_URL}; without a path /device/ocpp16 is added")
        add("--pace", choices=sorted(PACES), help="how lively; default: demo, idle for --count")
        add("--seed", type=int, help="same seed, same drivers")
        add("--speed", type=float, default=1.0, help="waits are that many times shorter")
        add(
            "--since-hours",
            type=float,
            help="let the chargers' time begin so many hours ago and catch up at --speed",
        )
        add("--duration", type=float, help="end after so many seconds; default: run on")
        add("--quiet", action="store_true", help="print the summary only")
        add("--count", type=int, help="so many like chargers instead of a fleet file")
        add("--id-prefix", default="SIM-", help="their ids: SIM-0001, SIM-0002, ...")
        add("--password", help="their HTTP Basic password")
        add("--card", action="append", help="a card of their drivers, for one session at a time")
        add("--power-w", type=float, default=22_000.0, help="power of their charge points")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until the end of --duration, SIGINT or SIGTERM."""
        fleet = self._fleet(options)
        url = options["url"] or fleet.url or DEFAULT_URL
        if urlsplit(url).scheme not in ("ws", "wss") or not urlsplit(url).hostname:
            raise CommandError(f"--url must be ws://host:port or wss://host:port, not {url}")
        if options["speed"] <= 0:
            raise CommandError("--speed must be greater than 0")
        _allow_many_sockets()
        asyncio.run(self._run(fleet, url, options))

    def _fleet(self, options: dict[str, Any]) -> Fleet:
        if options["fleet"]:
            try:
                fleets = [read_fleet(path) for path in options["fleet"]]
            except FleetError as error:
                raise CommandError(str(error)) from error
            return Fleet(fleets[0].url, sum((fleet.stations for fleet in fleets), ()))
        if not options["count"]:
            raise CommandError("give a fleet file (--fleet FILE) or a number (--count N)")
        return made_up_fleet(
            options["count"],
            id_prefix=options["id_prefix"],
            password=options["password"],
            cards=options["card"] or (),
            power_w=options["power_w"],
        )

    async def _run(self, fleet: Fleet, url: str, options: dict[str, Any]) -> None:
        pace = options["pace"] or ("demo" if options["fleet"] or options["card"] else "idle")
        since = None
        if options["since_hours"]:
            since = datetime.now(UTC) - timedelta(hours=options["since_hours"])
        simulation = Simulation(
            fleet.stations,
            Options(
                url=url,
                pace=PACES[pace],
                seed=options["seed"],
                duration_s=options["duration"],
                ramp_s=max(len(fleet.stations) / CONNECTS_PER_S, 2.0),
            ),
            clock=Clock(options["speed"], since=since),
            say=(lambda line: None) if options["quiet"] else self._say,
        )
        if not options["quiet"]:
            self._say(f"{len(fleet.stations)} chargers, pace {pace}, to {url}")
        counters = await simulation.run()
        self._say(counters.summary())

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _allow_many_sockets() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
