"""The gateway as a process of its own: uvicorn on a free port, against the test database."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import connection

# Upper bounds; a server that ends at once is not waited for.
START_S = 120.0
STOP_S = 60.0
ROOT = Path(__file__).resolve().parents[3]


def database_url() -> str:
    """Return the URL of the database that the tests are connected to."""
    parts = connection.settings_dict
    host = str(parts["HOST"])
    given = parts.get("OPTIONS") or {}
    options = {name: value for name, value in given.items() if isinstance(value, (str, int))}
    address = quote(host)
    if host.startswith("/"):
        options["host"], address = host, ""
    user = quote(str(parts["USER"])) + (f":{quote(parts['PASSWORD'])}" if parts["PASSWORD"] else "")
    port = f":{parts['PORT']}" if parts["PORT"] else ""
    query = f"?{urlencode(options)}" if options else ""
    return f"postgres://{user}@{address}{port}/{parts['NAME']}{query}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def uvicorn(port: int) -> list[str]:
    """Return the command line that servers use."""
    return [
        *(sys.executable, "-m", "uvicorn", "config.asgi:application"),
        *("--port", str(port), "--ws", "websockets-sansio"),
        *("--ws-per-message-deflate", "false", "--ws-max-size", str(256 * 1024)),
        *("--log-level", "warning", "--timeout-graceful-shutdown", "5"),
    ]


def daphne(port: int) -> list[str]:
    """Return the command line of the server inside `manage.py serve`, without the rest of it."""
    return [sys.executable, "-m", "tests.ocpp.gateway.daphne", str(port)]


def daphne_tls(tls_port: int, *files: Path) -> Callable[[int], list[str]]:
    """Return the same with a second port for TLS; `files` as in TlsOptions."""
    module, joined = "tests.ocpp.gateway.daphne_tls", ",".join(map(str, files))
    return lambda port: [sys.executable, "-m", module, str(port), str(tls_port), joined]


class GatewayProcess:
    """One process that serves `config.asgi`; `environment` adds to ours."""

    def __init__(
        self,
        log: Path,
        *,
        command: Callable[[int], list[str]] = uvicorn,
        **environment: str,
    ) -> None:
        self.port = free_port()
        self.log = log
        self.command = command
        self.environment = environment
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Start and return once sockets are taken."""
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "DATABASE_URL": database_url(),
            "DATA_DIR": str(settings.DATA_DIR),
            "OCPP_TRIGGER_DELAY_S": "600",
            **self.environment,
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(self.port),
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.wait_until_open()
        return self

    def wait_until_open(self) -> None:
        assert self.process is not None
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            assert self.process.poll() is None, self.log.read_text()
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError(f"the gateway did not start: {self.log.read_text()}")

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        """kill -9, and gone when this returns."""
        self.signal(signal.SIGKILL)
        assert self.process is not None
        self.process.wait(STOP_S)

    def stop(self) -> int:
        """SIGTERM; return the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        return self.process.wait(STOP_S)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *details: Any) -> None:
        self.stop()
