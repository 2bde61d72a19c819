"""`make bench`: measure the gateway and the floor in turn and print figures and ratios.

The database is a server of PostgreSQL (DATABASE_URL: use one that may be filled) or an embedded one
in a folder that is deleted afterwards. Gateway, database and chargers are processes of their own.
"""

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.client import Orders
from bench.mix import MESSAGES_PER_ROUND
from bench.processes import PROJECT, Client, Database, Gateway, cpu_s, memory_kib
from bench.provision import CARD
from config.embedded_postgres import EmbeddedPostgres


@dataclass(frozen=True)
class Figures:
    """Results of one application; None where nothing was to measure."""

    cpu_s_per_1000: float
    database_cpu_s_per_1000: float | None
    messages_per_s: float
    p50_ms: float
    p95_ms: float
    idle_kib: float


ROWS = (
    ("gateway CPU s per 1,000 messages", "cpu_s_per_1000", "{:.3f}"),
    ("PostgreSQL CPU s per 1,000 messages", "database_cpu_s_per_1000", "{:.3f}"),
    ("messages per second", "messages_per_s", "{:.0f}"),
    ("answer, median ms", "p50_ms", "{:.1f}"),
    ("answer, 95 of 100 below ms", "p95_ms", "{:.1f}"),
    ("memory per idle charger KiB", "idle_kib", "{:.1f}"),
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def measure(
    gateway: Gateway,
    database: Database | None,
    stations: list[list[str]],
    options: argparse.Namespace,
) -> Figures:
    """Measure idle chargers, then the mix; raises RuntimeError when an answer was an error."""
    before_kib = memory_kib(gateway.pid)
    idle = Client(Orders(gateway.url, stations[options.chargers :], CARD, 0))
    idle_kib = (memory_kib(gateway.pid) - before_kib) / options.idle
    idle.work()
    idle.close()
    warm_up = Client(Orders(gateway.url, stations[-1:], CARD, 1))
    warm_up.work()
    warm_up.close()

    client = Client(Orders(gateway.url, stations[: options.chargers], CARD, options.rounds))
    before = cpu_s(gateway.pid), database.cpu_s() if database else None
    seen = client.work()
    after = cpu_s(gateway.pid), database.cpu_s() if database else None
    client.close()
    if seen.errors:
        raise RuntimeError(f"{seen.errors} answers were errors; the first: {seen.first_error}")
    percentiles = statistics.quantiles(seen.latencies_s, n=100)
    return Figures(
        cpu_s_per_1000=per_1000(before[0], after[0], seen.messages) or 0.0,
        database_cpu_s_per_1000=per_1000(before[1], after[1], seen.messages),
        messages_per_s=seen.messages / seen.seconds,
        p50_ms=percentiles[49] * 1000,
        p95_ms=percentiles[94] * 1000,
        idle_kib=idle_kib,
    )


def per_1000(before: float | None, after: float | None, messages: int) -> float | None:
    return None if before is None or after is None else (after - before) / messages * 1000


def table(gateway: Figures, floor: Figures) -> str:
    """Return the figures of both and what the gateway costs in multiples of the floor."""
    lines = [f"{'':<38}{'gateway':>12}{'floor':>12}{'ratio':>10}"]
    for title, name, form in ROWS:
        ours, least = getattr(gateway, name), getattr(floor, name)
        cells = [form.format(value) if value is not None else "-" for value in (ours, least)]
        ratio = f"{ours / least:.2f}" if ours is not None and least else "-"
        lines.append(f"{title:<38}{cells[0]:>12}{cells[1]:>12}{ratio:>10}")
    return "\n".join(lines)


def embedded_dsn(data_dir: Path) -> str:
    """Start an embedded PostgreSQL and return how to connect to it."""
    dsn = EmbeddedPostgres(data_dir).ensure_started()
    return f"host={dsn['HOST']} port={dsn['PORT']} dbname={dsn['NAME']} user={dsn['USER']}"


def provision(number: int, environment: dict[str, str]) -> list[list[str]]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.provision", str(number)],
        cwd=PROJECT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    rows: list[list[str]] = json.loads(done.stdout)
    return rows


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--chargers", type=int, default=20, help="that charge at once")
    parser.add_argument("--rounds", type=int, default=10, help="sessions of each")
    parser.add_argument("--idle", type=int, default=300, help="chargers that only stay connected")
    parser.add_argument("--floor-only", action="store_true", help="measure the floor alone")
    return parser.parse_args()


def main() -> int:
    options = parse()
    data_dir = Path(tempfile.mkdtemp(prefix="chargeyard-bench-"))
    (data_dir / "static").mkdir()
    environment = {
        "DATA_DIR": str(data_dir),
        "DJANGO_SETTINGS_MODULE": "config.settings.dev",
    }
    total = options.chargers * options.rounds * MESSAGES_PER_ROUND
    print(f"{total} messages of {options.chargers} chargers, {options.idle} idle ones", flush=True)
    made_up = [[f"FLOOR-{n}", "key"] for n in range(options.chargers + options.idle)]
    try:
        with Gateway("bench.floor:application", free_port(), environment) as floor_gateway:
            floor = measure(floor_gateway, None, made_up, options)
        if options.floor_only:
            print(floor)
            return 0
        database = Database(os.environ.get("DATABASE_URL") or embedded_dsn(data_dir))
        stations = provision(options.chargers + options.idle, environment)
        with Gateway("config.asgi:application", free_port(), environment) as gateway:
            figures = measure(gateway, database, stations, options)
        print(table(figures, floor))
    finally:
        EmbeddedPostgres(data_dir).forget()
        shutil.rmtree(data_dir)
    return 0


if __name__ == "__main__":
    sys.exit(main())
