"""What all rows share: a database with tenants and stations, a folder, and how to start servers."""

import contextlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from bench import databases
from bench.broker import own_redis
from bench.processes import (
    PROJECT,
    Command,
    Database,
    FleetProcess,
    OrderProcess,
    Program,
    Server,
    gunicorn,
    uvicorn,
    worker,
)
from bench.provision import CARD
from config.embedded_postgres import EmbeddedPostgres

GATEWAY = "config.asgi:application"
FLOOR = "bench.floor:application"
DURABLE = ("synchronous_commit", "fsync")
ROUTE = (
    "SELECT station_pk, schema_name FROM tenants_chargeboxroute r"
    " JOIN tenants_tenant t ON t.id = r.tenant_id WHERE charge_box_id = %s"
)


class NotDurable(RuntimeError):
    """The server does not keep what it committed: its figures would be those of another machine."""


class Stage:
    """`stations` are handed out once, so that work meets no traces of another row; a `crowd` is
    taken from the same ones where that does not matter.
    """

    def __init__(
        self, environment: dict[str, str], folder: Path, postgres: EmbeddedPostgres | None = None
    ) -> None:
        self.environment = environment
        self.postgres = postgres
        self.folder = folder
        self.serial = count(1)
        self.rest: list[list[str]] = []
        self.many: list[list[str]] = []
        self.database = Database(environment["DATABASE_URL"])
        for name in DURABLE:
            if (value := self.database.value(f"SHOW {name}")) != "on":
                raise NotDurable(f"{name} of the server is {value}; set it to on")

    def provide(self, *, tenants: int, stations: int) -> None:
        """Fill the database."""
        done = subprocess.run(
            [sys.executable, "-m", "bench.provision", str(tenants), str(stations)],
            cwd=PROJECT,
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            check=True,
        )
        self.many = json.loads(done.stdout)
        self.rest = list(self.many)

    def crowd(self, number: int) -> list[list[str]]:
        """Return charge box id, key and tenant of stations, whatever rows did with them before."""
        if number > len(self.many):
            raise RuntimeError(f"{number} stations wanted, there are {len(self.many)}")
        return self.many[:number]

    def stations(self, number: int) -> list[list[str]]:
        """Return charge box id and key of stations that no row used, spread over the tenants."""
        if number > len(self.rest):
            raise RuntimeError(f"{number} stations wanted, {len(self.rest)} are left")
        taken, self.rest = self.rest[:number], self.rest[number:]
        return [[name, key] for name, key, _ in taken]

    def gateway(
        self, make: Callable[[str], Command] = uvicorn, **environment: str
    ) -> contextlib.AbstractContextManager[Server]:
        """Return a process that serves all there is; it runs while entered."""
        return self.process(make(GATEWAY), **environment)

    def floor(
        self, make: Callable[[str], Command] = uvicorn
    ) -> contextlib.AbstractContextManager[Server]:
        """Return a process that serves the floor in the same way."""
        return self.process(make(FLOOR))

    def floor_of_rows(
        self, make: Callable[[str], Command] = uvicorn
    ) -> contextlib.AbstractContextManager[Server]:
        """Return a floor that writes the rows that a gateway writes."""
        return self.process(make(FLOOR), BENCH_FLOOR_LIKE=self.tenants()[0])

    def process(self, command: Command, **environment: str) -> Server:
        log = self.folder / f"server-{next(self.serial)}.log"
        return Server(command, {**self.environment, **environment}, log)

    @contextlib.contextmanager
    def fleet(self, server: Server, stations: list[list[str]]) -> Iterator[FleetProcess]:
        """Yield a process of chargers that have dialled in and booted."""
        with FleetProcess() as fleet:
            host, port = "127.0.0.1", server.port
            fleet.do("connect", host=host, port=port, stations=stations, id_tag=CARD)
            yield fleet

    def desk(self) -> OrderProcess:
        """Return a process of the portal that takes orders (bench.desk); enter it to start it."""
        return OrderProcess("bench.desk", self.environment)

    def portal(self) -> Server:
        """Return the portal as in production, on gunicorn; enter it to start it."""
        return self.process(gunicorn)

    def workers(self) -> list[Program]:
        """Return a worker where there is a broker; enter it to start it."""
        if not self.environment["REDIS_URL"]:
            return []
        log = self.folder / "worker.log"
        return [Program(worker(self.folder), self.environment, log)]

    def tenants(self) -> list[str]:
        """Return the schemas; the first one has a person who can log in."""
        return sorted({tenant for _, _, tenant in self.many})

    def value_of(self, charge_box_id: str, statement: str) -> Any:
        """Return the value of a statement about a station (%s: its key), in its tenant's schema."""
        with self.database.connect() as connection, connection.cursor() as cursor:
            cursor.execute(ROUTE, [charge_box_id])
            station, schema = cursor.fetchone()
            cursor.execute("SELECT set_config('search_path', %s, false)", [f"{schema}, public"])
            cursor.execute(statement, [station])
            return cursor.fetchone()[0]

    def bounce_database(self) -> None:
        """Stop our own PostgreSQL as a crash does and start it; on a server of others, where we
        may not, break all connections to the database.
        """
        if self.postgres is not None:
            databases.stop_immediately(self.postgres)
            self.postgres.ensure_started()
            return
        with self.database.connect() as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    def facts(self) -> str:
        """Return what one must know of the machine to read the figures."""
        version = self.database.value("SHOW server_version")
        commit = subprocess.run(
            ["git", "describe", "--always", "--dirty"],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
        )
        others = len(self.database.strangers())
        lines = [
            f"commit {commit.stdout.strip() or 'unknown'}, Python {platform.python_version()}",
            f"{len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f} before the run",
            f"PostgreSQL {version}, synchronous_commit and fsync on",
            f"Redis {'of the run' if self.environment['REDIS_URL'] else 'none: no worker either'}",
        ]
        if others:
            lines.append(f"{others} sessions of other databases run beside: upper bounds only")
        return "\n".join(lines)


@contextlib.contextmanager
def stage(url: str, *, tenants: int, stations: int, keep: bool) -> Iterator[Stage]:
    """Yield a stage on the server of `url`, or on an embedded one without it; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="chargeyard-bench-"))
    try:
        (folder / "static").mkdir()
        with (
            databases.on_server(url, keep=keep) if url else databases.embedded(folder) as own,
            own_redis(folder) as redis_url,
        ):
            environment = {
                "DATABASE_URL": own,
                "REDIS_URL": redis_url,
                "DATA_DIR": str(folder),
                "DJANGO_SETTINGS_MODULE": "config.settings.dev",
                "BENCH_FLOOR_DSN": own,
            }
            made = Stage(environment, folder, None if url else EmbeddedPostgres(folder))
            made.provide(tenants=tenants, stations=stations)
            yield made
    finally:
        shutil.rmtree(folder)
