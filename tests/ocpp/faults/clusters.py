"""A PostgreSQL of a test's own, to be stopped in the hardest way, with a tenant and stations."""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psycopg2

from bench.databases import stop_immediately
from config.embedded_postgres import EmbeddedPostgres
from tests.conftest import STATION_KEY
from tests.ocpp.gateway.clients import Place
from tests.ocpp.gateway.servers import ROOT

SCHEMA = "alpha"
PROVISION_S = 120


@dataclass(frozen=True, slots=True)
class FarPlace(Place):
    """A station in another database than the tests'."""

    dsn: str

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg2.connect(self.dsn) as raw, raw.cursor() as cursor:
            cursor.execute(f"SET search_path = {self.schema}, public")
            cursor.execute(statement, values)
            found = list(cursor.fetchall())
        raw.close()
        return found


class Cluster:
    """Runs while entered."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="chargeyard-faults-"))
        self.postgres = EmbeddedPostgres(self.folder)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *details: Any) -> None:
        self.postgres.forget()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Start it and return once it takes connections."""
        self.postgres.ensure_started()

    def stop_immediately(self) -> None:
        """Stop it without a checkpoint and without a word to its clients, as a crash does."""
        stop_immediately(self.postgres)

    @property
    def url(self) -> str:
        place = self.postgres.dsn()
        return f"postgres://{place['USER']}@/{place['NAME']}?host={place['HOST']}"

    def manage(self, *arguments: str) -> None:
        """Run a command of manage.py; raises CalledProcessError."""
        self.run("manage.py", *arguments)

    def run(self, *arguments: str) -> None:
        subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "config.settings.test",
                "DATABASE_URL": self.url,
                "DATA_DIR": str(self.folder),
            },
            check=True,
            timeout=PROVISION_S,
        )

    def stations(self, number: int) -> list[FarPlace]:
        """Make a tenant with so many stations and the card TAG."""
        ids = [f"FAR-{position}" for position in range(number)]
        self.run("-m", "tests.ocpp.faults.provision", SCHEMA, STATION_KEY, *ids)
        place = self.postgres.dsn()
        dsn = f"host={place['HOST']} user={place['USER']} dbname={place['NAME']}"
        find = "SELECT id FROM infrastructure_station WHERE charge_box_id = %s"
        unknown = FarPlace(SCHEMA, 0, "", dsn)
        return [FarPlace(SCHEMA, unknown.value(find, name), name, dsn) for name in ids]
