"""Processes under measurement: their start and end, CPU seconds, memory and handles (Linux)."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self
from urllib.error import HTTPError
from urllib.request import urlopen

import orjson
import psycopg2

from bench.chargers import Seen

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 60
PROJECT = Path(__file__).parents[1]
TRACEBACK = "Traceback (most recent call last)"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def stat_fields(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat after the name: state, parent, ... (proc(5))."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def cpu_s(pid: int) -> float:
    """Return the CPU seconds (user and system) of a process, 0 when it has ended."""
    try:
        return sum(map(int, stat_fields(pid)[11:13])) / TICKS_PER_S
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def memory_kib(pid: int) -> int:
    """Return a process's share of the memory (PSS)."""
    return figure_of(Path(f"/proc/{pid}/smaps_rollup"), "Pss:")


def resident_kib(pid: int) -> int:
    """Return the memory that a process holds (RSS)."""
    return figure_of(Path(f"/proc/{pid}/status"), "VmRSS:")


def figure_of(path: Path, name: str) -> int:
    for line in path.read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    raise ValueError(f"no {name} in {path}")


def file_handles(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


class Database:
    """The PostgreSQL server behind a connection, if it runs on this machine."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        with self.connect() as connection:
            self.name = connection.info.dbname
            backend = int(connection.info.backend_pid)
            comm = Path(f"/proc/{backend}/comm")
            is_here = comm.exists() and comm.read_text().strip() == "postgres"
            self.postmaster = int(stat_fields(backend)[1]) if is_here else None

    @contextlib.contextmanager
    def connect(self) -> Any:
        """Yield a connection in autocommit."""
        with contextlib.closing(psycopg2.connect(self.dsn)) as connection:
            connection.set_session(autocommit=True)
            yield connection

    def value(self, statement: str, *values: Any) -> Any:
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchone()[0]

    def strangers(self) -> set[int]:
        """Return the backends that work for other databases of the server."""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname <> current_database()")
            return {pid for (pid,) in cursor.fetchall()}

    def cpu_s(self) -> float | None:
        """Return the CPU seconds so far of the backends of this database and of the server's own
        processes; None for a server elsewhere.
        """
        if self.postmaster is None:
            return None
        children = Path(f"/proc/{self.postmaster}/task/{self.postmaster}/children").read_text()
        ours = set(map(int, children.split())) - self.strangers()
        return cpu_s(self.postmaster) + sum(map(cpu_s, ours))


Command = Callable[[int], list[str]]


def uvicorn(application: str) -> Command:
    """Return what starts an application under uvicorn with the options of production."""
    return lambda port: [
        *(sys.executable, "-m", "uvicorn", application, "--port", str(port)),
        *("--host", "127.0.0.1", "--loop", "uvloop", "--ws", "websockets-sansio"),
        *("--ws-max-size", "262144", "--ws-per-message-deflate", "false"),
        *("--ws-ping-interval", "20", "--ws-ping-timeout", "30"),
        *("--log-level", "warning", "--no-access-log", "--no-server-header"),
        *("--timeout-graceful-shutdown", "30"),
    ]


def daphne(application: str) -> Command:
    """Return what starts an application under the server of `manage.py serve`."""
    return lambda port: [sys.executable, "-m", "bench.daphne", application, str(port)]


def worker(folder: Path) -> list[str]:
    """Return what starts a worker with the clock of the periodic jobs in it."""
    return [
        *(sys.executable, "-m", "celery", "--app=config", "worker", "--beat"),
        *("--queues=default,commands,exports", "--concurrency=1", "--loglevel=WARNING"),
        *(f"--schedule={folder}/beat", "--without-gossip", "--without-mingle"),
    ]


def gunicorn(port: int) -> list[str]:
    """Return what starts the portal as deploy/compose.yaml does."""
    return [
        *(sys.executable, "-m", "gunicorn", "config.wsgi:application"),
        *("--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--workers", "2"),
        *("--threads", "4", "--log-level", "warning"),
    ]


class Program:
    """A process with what it prints in a file; runs while entered."""

    def __init__(self, command: list[str], environment: Mapping[str, str], log: Path) -> None:
        self.command = command
        self.environment = {**os.environ, **environment}
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self) -> Self:
        """Start it, as the leader of a group: a worker has children."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=PROJECT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    def kill(self) -> None:
        """kill -9 of the whole group, and gone when this returns."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def kill_and_start(self) -> None:
        self.kill()
        self.start()

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def tracebacks(self) -> int:
        return self.log.read_text(errors="replace").count(TRACEBACK)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class Server(Program):
    """A program that listens on a port of its own."""

    def __init__(self, command: Command, environment: Mapping[str, str], log: Path) -> None:
        self.port = free_port()
        super().__init__(command(self.port), environment, log)

    def start(self) -> Self:
        """Start and return once it answers. Raises RuntimeError with what it printed."""
        super().start()
        assert self.process is not None
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.is_listening():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"{self.command[2]} did not start:\n{self.log.read_text()}")
            time.sleep(0.1)
        return self

    def is_listening(self) -> bool:
        """Return whether something answers HTTP, whatever it says."""
        try:
            urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5).close()
        except HTTPError:
            return True
        except OSError:
            return False
        return True


class OrderProcess:
    """A process that reads orders line by line and prints what came of each; runs while entered."""

    def __init__(self, module: str, environment: Mapping[str, str] | None = None) -> None:
        self.module = module
        self.environment = {**os.environ, **(environment or {})}
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [sys.executable, "-m", self.module],
            cwd=PROJECT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process is not None
        try:
            self.process.communicate(timeout=STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def order(self, do: str, **arguments: Any) -> None:
        """Tell the process what to do; `told` returns when it is done."""
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.write(orjson.dumps({"do": do, **arguments}) + b"\n")
        self.process.stdin.flush()

    def told(self) -> Any:
        """Return what the process says of its oldest order. Raises RuntimeError when it ended."""
        assert self.process is not None
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.module} ended early, see above")
        return orjson.loads(line)

    def ask(self, do: str, **arguments: Any) -> Any:
        """Let the process do something and return what it says of it."""
        self.order(do, **arguments)
        return self.told()


class FleetProcess(OrderProcess):
    """A process full of chargers (bench.fleet)."""

    def __init__(self) -> None:
        super().__init__("bench.fleet")

    def do(self, do: str, **arguments: Any) -> Seen:
        """Let the fleet do something that ends with what the chargers saw."""
        return Seen(**self.ask(do, **arguments))
