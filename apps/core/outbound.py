"""Requests of ours to addresses that people typed: bounded, and kept off our own network.

    fetch("https://login.example.com/.well-known/openid-configuration").json()

The name is looked up once and that address is connected to, so a name that changes meanwhile leads
nowhere else; redirects are not followed. OUTBOUND_PRIVATE_ADDRESSES lets private addresses in, and
plain HTTP to those only.
"""

import json
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError

MAX_BYTES = 256 * 1024
SILENCE_S = 5.0
TOTAL_S = 10.0
NAT64 = IPv6Network("64:ff9b::/96")


class OutboundError(AppError):
    """The request was not made, or its answer is of no use."""

    code = "outbound"


class AddressInvalid(OutboundError):
    code = "address_invalid"
    message = _("%(url)s is no address that can be asked: it must begin with https://.")


class AddressPrivate(OutboundError):
    code = "address_private"
    message = _("%(host)s is an address inside a private network. It is not asked.")


class AddressUnknown(OutboundError):
    code = "address_unknown"
    message = _("There is no server named %(host)s.")


class NotAnswering(OutboundError):
    code = "not_answering"
    message = _("%(host)s does not answer, or its certificate is not trusted.")


class AnswerUnusable(OutboundError):
    code = "answer_unusable"
    message = _("%(url)s gave an answer that cannot be used (status %(status)s).")


@dataclass(frozen=True, slots=True)
class Answer:
    url: str
    status: int
    body: bytes

    def json(self) -> dict[str, Any]:
        """Return the JSON object. Raises AnswerUnusable for anything else."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise AnswerUnusable(url=self.url, status=self.status) from error
        if self.status != 200 or not isinstance(value, dict):
            raise AnswerUnusable(url=self.url, status=self.status)
        return value


class PinnedHTTP(HTTPConnection):
    """Connects to the address that was checked, whatever the name means by now."""

    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(host, port, timeout=SILENCE_S)
        self.address = address

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), SILENCE_S)


class PinnedHTTPS(HTTPSConnection):
    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(host, port, timeout=SILENCE_S)
        self.address = address
        self.tls = ssl.create_default_context()

    def connect(self) -> None:
        plain = socket.create_connection((self.address, self.port), SILENCE_S)
        self.sock = self.tls.wrap_socket(plain, server_hostname=self.host)


def fetch(
    url: str,
    *,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """GET the address, or POST a form to it. Raises OutboundError."""
    connection, target = connection_to(url)
    sent = {"Accept": "application/json", "User-Agent": "chargeyard", **(headers or {})}
    body = None
    if form is not None:
        body = urlencode(form).encode()
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    # Each read may last SILENCE_S; a server that drips bytes is cut off here.
    is_late = threading.Event()
    cut = threading.Timer(TOTAL_S, cut_off, [connection, is_late])
    cut.daemon = True
    try:
        connection.connect()
        cut.start()
        connection.request("GET" if body is None else "POST", target, body=body, headers=sent)
        response = connection.getresponse()
        content = response.read(MAX_BYTES + 1)
    except (OSError, HTTPException, ValueError) as error:
        raise NotAnswering(host=connection.host) from error
    finally:
        cut.cancel()
        connection.close()
    if is_late.is_set():
        raise NotAnswering(host=connection.host)
    if len(content) > MAX_BYTES:
        raise AnswerUnusable(url=url, status=response.status)
    return Answer(url, response.status, content)


def cut_off(connection: HTTPConnection, is_late: threading.Event) -> None:
    """Shut the socket; whoever reads from it is woken, and must not take that for the end."""
    is_late.set()
    sock = connection.sock
    if sock is not None:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it was closed meanwhile


def connection_to(url: str) -> tuple[HTTPConnection, str]:
    """Return an unopened connection to the checked address, and what to ask there."""
    scheme, host, port, target = parts_of(url)
    address = address_of(host, port)
    if scheme == "http" and is_public(ip_address(address)):
        raise AddressInvalid(url=url)
    kind = PinnedHTTPS if scheme == "https" else PinnedHTTP
    return kind(host, port, address), target


def check_address(url: str) -> None:
    """Raise AddressInvalid for an address that no browser of ours may be sent to either."""
    parts_of(url)


def parts_of(url: str) -> tuple[str, str, int, str]:
    """Return scheme, host, port and target of the address. Raises AddressInvalid."""
    schemes = {"https", "http"} if settings.OUTBOUND_PRIVATE_ADDRESSES else {"https"}
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise AddressInvalid(url=url) from error
    is_plain = url.isascii() and url.isprintable() and " " not in url and "@" not in parts.netloc
    if parts.scheme not in schemes or not parts.hostname or not is_plain:
        raise AddressInvalid(url=url)
    query = f"?{parts.query}" if parts.query else ""
    return parts.scheme, parts.hostname, port, f"{parts.path or '/'}{query}"


def address_of(host: str, port: int) -> str:
    """Return the address to connect to; all addresses of the name must be allowed ones."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressUnknown(host=host) from error
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    if not settings.OUTBOUND_PRIVATE_ADDRESSES:
        for address in addresses:
            if not is_public(ip_address(address)):
                raise AddressPrivate(host=host)
    return addresses[0]


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Say whether the address is one of the open internet, whatever it is wrapped in."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None or address in NAT64:
            return False
    return address.is_global and not address.is_multicast
