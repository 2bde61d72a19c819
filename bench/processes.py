"""Processes under measurement: CPU seconds and memory from Linux's /proc."""

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self
from urllib.error import HTTPError
from urllib.request import urlopen

import orjson
import psycopg2

from bench.client import Orders, Seen

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
START_TIMEOUT_S = 60
PROJECT = Path(__file__).parents[1]
UVICORN = (
    *("--host", "127.0.0.1", "--loop", "uvloop", "--ws", "websockets-sansio"),
    *("--ws-max-size", "262144", "--ws-per-message-deflate", "false"),
    *("--log-level", "warning", "--no-access-log", "--no-server-header"),
)


def stat_fields(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat after the name: state, parent, ... (proc(5))."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def cpu_s(pid: int) -> float:
    """Return the CPU seconds (user and system) of a process and of its children that ended."""
    try:
        return sum(map(int, stat_fields(pid)[11:15])) / TICKS_PER_S
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def memory_kib(pid: int) -> int:
    """Return the private share of a process's memory (PSS)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise ValueError(f"no Pss in smaps_rollup of {pid}")


class Database:
    """The PostgreSQL server behind a connection, if it runs on this machine."""

    def __init__(self, dsn: str) -> None:
        with contextlib.closing(psycopg2.connect(dsn)) as connection:
            backend = int(connection.info.backend_pid)
            comm = Path(f"/proc/{backend}/comm")
            is_here = comm.exists() and comm.read_text().strip() == "postgres"
            self.postmaster = int(stat_fields(backend)[1]) if is_here else None

    def cpu_s(self) -> float | None:
        """Return the CPU seconds of all its processes so far; None for a server elsewhere."""
        if self.postmaster is None:
            return None
        children = Path(f"/proc/{self.postmaster}/task/{self.postmaster}/children").read_text()
        return cpu_s(self.postmaster) + sum(cpu_s(int(pid)) for pid in children.split())


class Gateway:
    """An ASGI application under uvicorn with the options of production."""

    def __init__(self, application: str, port: int, environment: dict[str, str]) -> None:
        self.port = port
        self.process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", application, "--port", str(port), *UVICORN],
            cwd=PROJECT,
            env={**os.environ, **environment},
        )

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.is_listening():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                raise RuntimeError("the gateway did not start, see above")
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def is_listening(self) -> bool:
        """Return whether something answers HTTP, whatever it says."""
        try:
            urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5).close()
        except HTTPError:
            return True
        except OSError:
            return False
        return True


class Client:
    """A process full of chargers (bench.client)."""

    def __init__(self, orders: Orders) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.client"],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._tell(orjson.dumps(orders.__dict__).decode())
        if self._read() != "connected":
            raise RuntimeError("the chargers could not connect, see above")

    def _tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def _read(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def work(self) -> Seen:
        """Let the chargers do their rounds and return what they saw."""
        self._tell("go")
        seen: dict[str, Any] = orjson.loads(self._read() or "{}")
        if not seen:
            raise RuntimeError("the chargers ended early, see above")
        return Seen(**seen)

    def close(self) -> None:
        """Hang up."""
        if self.process.poll() is None:
            self.process.communicate("\n\n", timeout=30)
