"""Other processes of an instance: Redis, worker, beat, portal; to be killed or frozen."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from django.conf import settings

from tests.ocpp.gateway.servers import ROOT, database_url, free_port

QUEUEING = "tests.ocpp.faults.queueing"
START_S = 120.0
STOP_S = 60.0
REDIS_SERVER = shutil.which("redis-server")
needs_redis_server = pytest.mark.skipif(
    REDIS_SERVER is None, reason="no redis-server found; get it by: apt-get install redis-server"
)


class Program:
    """A process group with a log; `is_up` says when it can be used."""

    def __init__(
        self,
        log: Path,
        command: list[str],
        *,
        is_up: Callable[["Program"], bool],
        **environment: str,
    ) -> None:
        self.log, self.command, self.is_up = log, command, is_up
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": QUEUEING,
            "DATABASE_URL": database_url(),
            "DATA_DIR": str(settings.DATA_DIR),
            **environment,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it and return once it is up."""
        self.launch()
        assert self.process is not None
        until = time.monotonic() + START_S
        while not self.is_up(self):
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < until, f"did not start: {self.log.read_text()}"
            time.sleep(0.05)
        return self

    def launch(self) -> None:
        """Start it without waiting."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def signal(self, number: int) -> None:
        """Tell the whole group: a worker has children."""
        assert self.process is not None
        os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """kill -9, and gone when this returns."""
        self.signal(signal.SIGKILL)
        assert self.process is not None
        self.process.wait(STOP_S)

    def stop(self) -> None:
        """End it, whatever it does."""
        if self.process is None or self.process.poll() is not None:
            return
        self.signal(signal.SIGCONT)
        self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *details: Any) -> None:
        self.stop()


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


class RedisServer(Program):
    """A Redis of our own, without anything on disk."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        super().__init__(
            folder / "redis.log",
            [
                *(str(REDIS_SERVER), "--port", str(self.port), "--bind", "127.0.0.1"),
                *("--save", "", "--appendonly", "no", "--dir", str(folder)),
            ],
            is_up=lambda _: listens(self.port),
        )


def worker(folder: Path, redis_url: str, **environment: str) -> Program:
    """Return a worker as deploy/ starts it, with one child."""
    return Program(
        folder / "worker.log",
        [
            *(sys.executable, "-m", "celery", "--app=config", "worker"),
            *("--queues=default,commands,exports", "--concurrency=1", "--loglevel=WARNING"),
            *("--without-gossip", "--without-mingle"),
        ],
        # It prints what it knows before it asks the broker for work; a test waits for the work.
        is_up=lambda program: "[queues]" in program.log.read_text(),
        REDIS_URL=redis_url,
        **environment,
    )


def beat(folder: Path, redis_url: str) -> Program:
    """Return beat as deploy/ starts it."""
    return Program(
        folder / "beat.log",
        [
            *(sys.executable, "-m", "celery", "--app=config", "beat", "--loglevel=WARNING"),
            *(f"--schedule={folder / 'schedule'}", "--pidfile="),
        ],
        is_up=lambda program: any(folder.glob("schedule*")),
        REDIS_URL=redis_url,
    )


class Portal(Program):
    """The portal as deploy/ starts it, with one process."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.port = free_port()
        super().__init__(
            folder / "portal.log",
            [
                *(sys.executable, "-m", "gunicorn", "config.wsgi:application"),
                *("--bind", f"127.0.0.1:{self.port}", "--worker-class=gthread"),
                *("--workers=1", "--threads=4", "--log-level=warning"),
            ],
            is_up=lambda _: self.status("/healthz") == 200,
            **environment,
        )

    def status(self, path: str, *, host: str = "localhost", within_s: float = 20) -> int:
        """Return the HTTP status of a page; 0 where nobody answers."""
        page = Request(f"http://127.0.0.1:{self.port}{path}", headers={"Host": host})
        try:
            with urlopen(page, timeout=within_s) as answer:
                return int(answer.status)
        except URLError as error:
            return int(getattr(error, "code", 0))
        except OSError:
            return 0
