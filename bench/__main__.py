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
from bench.processes import PROJECT, Client, Gateway, cpu_s, memory_kib, postgres_pids
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


def measure(gateway: Gateway, stations: list[list[str]], options: argparse.Namespace) -> Figures:
    """Measure idle chargers, then the mix; raises RuntimeError when an answer was an error."""
    before_kib = memory_kib(gateway.pid)
    idle = Client(Orders(gateway.url, stations[options.chargers :], CARD, 0))
    idle_kib = (memory_kib(gateway.pid) - before_kib) / options.idle
    idle.work()
    idle.close()

    client = Client(Orders(gateway.url, stations[: options.chargers], CARD, options.rounds))
    databases = postgres_pids()
    cpu, database_cpu = cpu_s(gateway.pid), sum(map(cpu_s, databases))
    seen = client.work()
    cpu, database_cpu = (
        cpu_s(gateway.pid) - cpu,
        sum(map(cpu_s, databases)) - database_cpu,
    )
    client.close()
    if seen.errors:
        raise RuntimeError(f"{seen.errors} answers were errors; the first: {seen.first_error}")
    percentiles = statistics.quantiles(seen.latencies_s, n=100)
    return Figures(
        cpu_s_per_1000=cpu / seen.messages * 1000,
        database_cpu_s_per_1000=database_cpu / seen.messages * 1000 if databases else None,
        messages_per_s=seen.messages / seen.seconds,
        p50_ms=percentiles[49] * 1000,
        p95_ms=percentiles[94] * 1000,
        idle_kib=idle_kib,
    )


def table(gateway: Figures, floor: Figures) -> str:
    """Return the figures of both and what the gateway costs in multiples of the floor."""
    lines = [f"{'':<38}{'gateway':>12}{'floor':>12}{'ratio':>10}"]
    for title, name, form in ROWS:
        ours, least = getattr(gateway, name), getattr(floor, name)
        if name.startswith("database"):
            least = None
        cells = [form.format(value) if value is not None else "-" for value in (ours, least)]
        ratio = f"{ours / least:.2f}" if ours is not None and least else "-"
        lines.append(f"{title:<38}{cells[0]:>12}{cells[1]:>12}{ratio:>10}")
    return "\n".join(lines)


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
    environment = {
        "DATA_DIR": str(data_dir),
        "DJANGO_SETTINGS_MODULE": "config.settings.dev",
    }
    total = options.chargers * options.rounds * MESSAGES_PER_ROUND
    print(f"{total} messages of {options.chargers} chargers, {options.idle} idle ones", flush=True)
    made_up = [[f"FLOOR-{n}", "key"] for n in range(options.chargers + options.idle)]
    try:
        with Gateway("bench.floor:application", free_port(), environment) as floor_gateway:
            floor = measure(floor_gateway, made_up, options)
        if options.floor_only:
            print(floor)
            return 0
        if not os.environ.get("DATABASE_URL"):
            EmbeddedPostgres(data_dir).ensure_started()
        stations = provision(options.chargers + options.idle, environment)
        with Gateway("config.asgi:application", free_port(), environment) as gateway:
            figures = measure(gateway, stations, options)
        print(table(figures, floor))
    finally:
        EmbeddedPostgres(data_dir).forget()
        shutil.rmtree(data_dir)
    return 0


if __name__ == "__main__":
    sys.exit(main())
