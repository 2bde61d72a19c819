"""How a station dials in: from which address, over which TLS, with which certificate. Pure.

TLS ends here (ASGI's extension `tls`) or at a proxy, which tells by headers. A station could send
such headers itself, so they count from the addresses of OCPP_TRUSTED_PROXIES only.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import unquote_to_bytes

from apps.core.serving.tls_extension import VERSION_NAMES

Networks = Sequence[IPv4Network | IPv6Network]

FORWARDED_FOR = b"x-forwarded-for"
FORWARDED_PROTO = b"x-forwarded-proto"
CERTIFICATE = b"x-client-certificate"
TLS_VERSION = b"x-tls-version"
TLS_CIPHER = b"x-tls-cipher"
SECURE_SCHEMES = frozenset({"https", "wss"})
STRONG_VERSIONS = frozenset({"TLSv1.2", "TLSv1.3"})
# Forward secrecy and authenticated encryption: the four suites of the security white paper
# (A00.FR.318), those of TLS 1.3 and their ChaCha20 sisters.
STRONG_CIPHER = re.compile(r"(TLS_.+|(TLS_)?ECDHE[-_](ECDSA|RSA).*(GCM|CHACHA20|POLY1305).*)")


@dataclass(frozen=True, slots=True)
class Transport:
    """`version`, `cipher`: "" where unknown. `certificate`: DER of the station's, "" without."""

    address: str
    is_tls: bool
    version: str = ""
    cipher: str = ""
    certificate: bytes = b""

    @property
    def is_weak(self) -> bool:
        """Say whether TLS is older than 1.2 or its suite weaker than the white paper allows."""
        if not self.is_tls:
            return False
        if self.version and self.version not in STRONG_VERSIONS:
            return True
        return bool(self.cipher) and STRONG_CIPHER.fullmatch(self.cipher) is None


def networks_of(text: str) -> Networks:
    """Return the networks in "10.0.0.5, 192.0.2.0/24". Raises ValueError that names the wrong one.

    Example: "192.0.2.7" -> (IPv4Network("192.0.2.7/32"),)
    """
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def transport_of(scope: Mapping[str, Any], trusted: Networks) -> Transport:
    """Return how the station dialled in, by what the server saw and a trusted proxy tells."""
    client = scope.get("client")
    peer = str(client[0]) if client else ""
    if is_among(peer, trusted):
        return from_proxy(scope, peer, trusted)
    tls = (scope.get("extensions") or {}).get("tls")
    if tls is None:
        return Transport(peer, scope.get("scheme") in SECURE_SCHEMES)
    chain = tls.get("client_cert_chain") or ()
    return Transport(
        peer,
        is_tls=True,
        version=VERSION_NAMES.get(tls.get("tls_version"), ""),
        certificate=der_of(chain[0].encode()) if chain else b"",
    )


def from_proxy(scope: Mapping[str, Any], peer: str, trusted: Networks) -> Transport:
    """Return what the proxy's headers say; one that came twice counts for nothing."""
    given: dict[bytes, list[bytes]] = {}
    for name, value in scope["headers"]:
        given.setdefault(name.lower(), []).append(value)

    def text(name: bytes) -> str:
        values = given.get(name, [])
        return values[0].decode("latin-1").strip() if len(values) == 1 else ""

    hops = b",".join(given.get(FORWARDED_FOR, [])).decode("latin-1")
    certificates = given.get(CERTIFICATE, [])
    return Transport(
        farthest(hops, trusted) or peer,
        is_tls=text(FORWARDED_PROTO).lower() in SECURE_SCHEMES,
        version=text(TLS_VERSION),
        cipher=text(TLS_CIPHER),
        certificate=der_of(certificates[0]) if len(certificates) == 1 else b"",
    )


def farthest(hops: str, trusted: Networks) -> str:
    """Return the last address of X-Forwarded-For that no proxy of ours has; "" without one."""
    for hop in reversed([part.strip() for part in hops.split(",")]):
        try:
            address = str(ip_address(hop))
        except ValueError:
            return ""
        if not is_among(address, trusted):
            return address
    return ""


def is_among(address: str, networks: Networks) -> bool:
    """Say whether the address lies in one of the networks."""
    if not networks:
        return False
    try:
        return any(ip_address(address) in network for network in networks)
    except ValueError:
        return False


def der_of(value: bytes) -> bytes:
    """Return the certificate's DER: from PEM, from PEM percent-encoded (nginx), from base64 of DER
    (haproxy); b"" where it is none of them.
    """
    text = unquote_to_bytes(value.strip())
    body = re.sub(rb"-----(BEGIN|END) CERTIFICATE-----|\s", b"", text)
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        return b""
