"""`manage.py serve`: everything in one process, from the database to the chargers of the demo."""

import contextlib
import errno
import fcntl
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from celery import current_app
from channels.routing import get_default_application
from daphne.server import reactor
from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connections
from django_tenants.utils import get_public_schema_name, get_tenant_domain_model

from apps.core.bell import bell
from apps.core.serving.background import Background
from apps.core.serving.fleet import FleetProcess
from apps.core.serving.server import Server
from apps.core.serving.tls import TlsOptions

ANY_ADDRESS = {"0.0.0.0", "::"}  # noqa: S104 compared with, not bound to
FLEET_CHECK_S = 2.0


class Command(BaseCommand):
    """Stopped by SIGINT or SIGTERM; a second process for the same DATA_DIR is refused."""

    help = "Serve portal, chargers and background work in one process (HOST, PORT, DATA_DIR)."

    def add_arguments(self, parser: CommandParser) -> None:
        host, port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
        parser.add_argument("--host", default=host, help="address to listen on (HOST)")
        parser.add_argument("--port", type=int, default=port, help="port (PORT)")
        parser.add_argument(
            "--tls-port",
            type=int,
            default=os.environ.get("TLS_PORT") or 0,
            help="a second port, with TLS (TLS_PORT)",
        )
        parser.add_argument(
            "--tls-files",
            default=os.environ.get("TLS_FILES", ""),
            help="PEM files, divided by commas, each a key with its certificate and chain: one "
            "for ECDSA, one for RSA (TLS_FILES)",
        )
        parser.add_argument(
            "--demo", action="store_true", help="two demo tenants and simulated chargers"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.began = time.monotonic()
        self.host, self.port = options["host"], options["port"]
        self.fleet: FleetProcess | None = None
        self.is_demo = options["demo"]
        self.tls = tls_options(options["tls_port"], options["tls_files"])
        signal.signal(signal.SIGTERM, interrupt)
        try:
            with only_one_process(settings.DATA_DIR):
                check_port(self.host, self.port)
                self.prepare()
                self.serve()
        except KeyboardInterrupt:
            self.say("Stopped.")
        finally:
            connections.close_all()

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def prepare(self) -> None:
        """Bring the schemas up to date and, for the demo, fill them."""
        self.say("Bringing the database up to date ...")
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        call_command("upgrade")
        if self.is_demo:
            call_command("seed_demo", stdout=self.stdout)
        self.addresses = self.find_addresses()
        connections.close_all()

    def serve(self) -> None:
        """Serve until a signal comes, then stop everything in order. Raises CommandError."""
        background = None if settings.REDIS_URL else Background(current_app)
        server = Server(
            get_default_application(),
            host=self.host,
            port=self.port,
            on_ready=self.announce,
            tls=self.tls,
        )
        reactor.addSystemEventTrigger("before", "shutdown", self.stop_fleet)
        if background:
            background.start()
        try:
            server.run()
        finally:
            self.stop_fleet()
            if background:
                background.stop()
            bell.stop()
        if server.failure:
            raise CommandError(server.failure)
        self.say("Stopped.")

    # Called by the server, in its thread

    def announce(self) -> None:
        """Print where to go, and let the chargers of the demo dial in."""
        self.say(f"\nChargeyard is up after {time.monotonic() - self.began:.0f} s.\n")
        for name, address in self.addresses:
            self.say(f"  {name:<18} {address}")
        self.say(f"  {'Chargers (OCPP)':<18} {self.url('ws')}/device/ocpp16/<charge box id>")
        if self.is_demo:
            self.say(DEMO_LOGINS)
            self.start_fleet()
        self.say("\nCtrl-C stops it; the data stay.")

    def find_addresses(self) -> list[tuple[str, str]]:
        """Return name and address of each host, the platform console's first."""
        hosts = get_tenant_domain_model().objects.filter(is_primary=True).select_related("tenant")
        public = get_public_schema_name()
        rows = [
            (host.tenant.schema_name != public, str(host.tenant), self.url("http", host.domain))
            for host in hosts
        ]
        return [(name, address) for _, name, address in sorted(rows)]

    def url(self, scheme: str, host: str = "") -> str:
        """Return `scheme://host:port`, by default of an address that reaches us from here."""
        host = host or ("127.0.0.1" if self.host in ANY_ADDRESS else self.host)
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"

    def start_fleet(self) -> None:
        fleet = settings.DATA_DIR / "demo_fleet.json"
        self.fleet = FleetProcess(fleet, self.url("ws"), say=self.say)
        self.fleet.start()
        self.watch_fleet()

    def watch_fleet(self) -> None:
        if self.fleet is not None:
            self.fleet.check()
            reactor.callLater(FLEET_CHECK_S, self.watch_fleet)

    def stop_fleet(self) -> None:
        if self.fleet is not None:
            self.fleet.stop()
            self.fleet = None


DEMO_LOGINS = """
  Log in to the tenants as admin@volt.example or operator@volt.example (and the same at
  nordlys.example), to the console as root@chargeyard.example.
  The password of all of them is: charge-the-yard"""


def tls_options(port: int, files: str) -> TlsOptions | None:
    """Return what was asked for; None without a port. Raises CommandError for files not there."""
    if not port:
        return None
    paths = tuple(Path(part.strip()) for part in files.split(",") if part.strip())
    missing = [str(path) for path in paths if not path.is_file()]
    if missing or not paths:
        found = f"there is no {missing[0]}" if missing else "it is empty"
        raise CommandError(
            f"TLS_FILES: {found}. Name PEM files that hold key, certificate and chain each, "
            "divided by commas."
        )
    return TlsOptions(port, paths)


def interrupt(number: int, frame: FrameType | None) -> None:
    """Treat SIGTERM during the preparations like Ctrl-C; the server has handlers of its own."""
    raise KeyboardInterrupt


@contextlib.contextmanager
def only_one_process(data_dir: Path) -> Iterator[None]:
    """Hold the instance; raises CommandError when another process serves it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "serve.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(
                f"{data_dir} is served by another process already. A second instance needs a "
                "DATA_DIR and a PORT of its own: make run DATA_DIR=... PORT=8001"
            ) from None
        yield


def check_port(host: str, port: int) -> None:
    """Raise CommandError, with the remedy, when nothing can listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CommandError(
                    f"Port {port} is taken. Choose another one: make run PORT={port + 1}"
                ) from None
            raise CommandError(f"Cannot listen on {host}:{port}: {error.strerror}") from None
