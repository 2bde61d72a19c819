"""Where TLS ends in front of a test: in uvicorn, in our daphne, in haproxy, in nginx."""

import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template

from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.conftest import STATION_KEY
from tests.ocpp.gateway.clients import WAIT_S, Charger, Place, basic
from tests.ocpp.gateway.servers import ROOT, GatewayProcess, daphne_tls, free_port
from tests.ocpp.security.certificates import Authority, Issued, rsa_key

DEPLOY = ROOT / "deploy"
TRUSTED = {"OCPP_TRUSTED_PROXIES": "127.0.0.1"}
KINDS = ("uvicorn", "daphne", "haproxy", "nginx")
# Debian keeps them out of the PATH of people who are not root.
PROGRAMS = f"{os.environ['PATH']}:/usr/sbin"


@dataclass(frozen=True)
class Front:
    """`url` with TLS; `log` is the gateway's."""

    kind: str
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"wss://127.0.0.1:{self.port}"


@dataclass(frozen=True)
class Files:
    """What the servers need: two certificates of their own, an authority of chargers."""

    folder: Path
    ec: Path
    rsa: Path
    authorities: Path

    @classmethod
    def make(cls, folder: Path, chargers: Authority) -> "Files":
        own = Authority.make("Server authority")
        authorities = folder / "authorities.pem"
        authorities.write_text(chargers.pem)
        return cls(
            folder,
            own.issue("localhost").write(folder / "ec.pem"),
            own.issue("localhost", key=rsa_key()).write(folder / "rsa.pem"),
            authorities,
        )


def has_program(kind: str) -> bool:
    return kind in {"uvicorn", "daphne"} or shutil.which(kind, path=PROGRAMS) is not None


@contextmanager
def opened(kind: str, files: Files) -> Iterator[Front]:
    """Start what the kind of front needs and stop it afterwards."""
    log = files.folder / f"{kind}-gateway.log"
    with ExitStack() as stack:
        if kind == "uvicorn":
            process = stack.enter_context(GatewayProcess(log, command=uvicorn_command(files)))
            yield Front(kind, process.port, log)
            return
        port = free_port()
        if kind == "daphne":
            stack.enter_context(GatewayProcess(log, command=daphne_tls(port, files.ec, files.rsa)))
        else:
            gateway = stack.enter_context(GatewayProcess(log, **TRUSTED))
            command, environment = PROXIES[kind](files, port, gateway.port)
            stack.enter_context(proxy(command, environment, files.folder / f"{kind}.log"))
        wait_until_open(port)
        yield Front(kind, port, log)


def uvicorn_command(files: Files) -> Callable[[int], list[str]]:
    def command(port: int) -> list[str]:
        return [
            *(sys.executable, "-m", "uvicorn", "config.asgi:application", "--port", str(port)),
            *("--ws", "apps.core.serving.uvicorn_sockets:Socket"),
            *("--ws-per-message-deflate", "false", "--no-proxy-headers", "--log-level", "warning"),
            *("--ssl-certfile", str(files.ec), "--ssl-keyfile", str(files.ec)),
            *("--ssl-ca-certs", str(files.authorities), "--ssl-cert-reqs", "1"),
            *("--ssl-ciphers", "ECDHE+AESGCM", "--timeout-graceful-shutdown", "5"),
        ]

    return command


def haproxy(files: Files, port: int, gateway: int) -> tuple[list[str], dict[str, str]]:
    own = files.folder / "own"
    own.mkdir(exist_ok=True)
    # Named like this, haproxy serves both kinds of keys for one name.
    shutil.copy(files.ec, own / "server.pem.ecdsa")
    shutil.copy(files.rsa, own / "server.pem.rsa")
    environment = {
        "CHARGERS_BIND": f"127.0.0.1:{port}",
        "CERTIFICATES": str(own / "server.pem"),
        "CLIENT_CAS": str(files.authorities),
        "GATEWAY": f"127.0.0.1:{gateway}",
    }
    return ["haproxy", "-db", "-f", str(DEPLOY / "haproxy.cfg")], environment


def nginx(files: Files, port: int, gateway: int) -> tuple[list[str], dict[str, str]]:
    template = Template((DEPLOY / "nginx.conf.template").read_text())
    text = template.safe_substitute(
        CHARGERS_PORT=f"127.0.0.1:{port}",
        CERTIFICATE_EC=files.ec,
        CERTIFICATE_RSA=files.rsa,
        GATEWAY=f"127.0.0.1:{gateway}",
    )
    places = f"pid {files.folder}/nginx.pid; error_log stderr; daemon off;\n"
    for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"):
        text = text.replace("http {", f"http {{\n {name}_temp_path {files.folder}/{name};", 1)
    path = files.folder / "nginx.conf"
    path.write_text(places + text)
    return ["nginx", "-c", str(path), "-p", str(files.folder)], {}


PROXIES = {"haproxy": haproxy, "nginx": nginx}


@contextmanager
def proxy(command: list[str], environment: dict[str, str], log: Path) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env={**os.environ, "PATH": PROGRAMS, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        time.sleep(0.2)
        assert process.poll() is None, log.read_text()
        yield
    finally:
        process.terminate()
        process.wait(10)


def wait_until_open(port: int) -> None:
    until = time.monotonic() + WAIT_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < until, "nothing listens"
            time.sleep(0.05)
        else:
            return


def context(
    certificate: Issued | None = None,
    *,
    version: ssl.TLSVersion | None = None,
    ciphers: str = "",
    folder: Path | None = None,
) -> ssl.SSLContext:
    """Return a charger's TLS: it trusts any server here, for whom it trusts is its own affair."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    if ciphers:
        made.set_ciphers(ciphers)
    if version is not None:
        made.minimum_version = made.maximum_version = version
    if certificate is not None:
        assert folder is not None
        path = certificate.write(folder / f"{certificate.certificate.serial_number}.pem")
        made.load_cert_chain(path)
    return made


def dial(
    front: Front,
    place: Place,
    tls: ssl.SSLContext,
    *,
    password: str | None = STATION_KEY,
    headers: dict[str, str] | None = None,
) -> Charger:
    """Connect over TLS. Raises InvalidStatus, SSLError and what a broken handshake raises."""
    credentials = basic(place.charge_box_id, password) if password is not None else {}
    return Charger(
        connect(
            f"{front.url}/device/ocpp16/{place.charge_box_id}",
            additional_headers={**credentials, **(headers or {})},
            subprotocols=[Subprotocol("ocpp1.6")],
            compression=None,
            open_timeout=WAIT_S,
            close_timeout=2,
            ping_interval=None,
            legacy=True,
            ssl=tls,
            server_hostname="localhost",
        )
    )
