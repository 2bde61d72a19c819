"""TLS of our own servers, as chargers are asked for it, for instances without a proxy in front.

Source: OCPP 1.6 security white paper, edition 3, A00.FR.312 to A00.FR.323: TLS 1.2 or newer, no
compression, the four suites, refused ends are noted.
"""

import logging
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from twisted.protocols.tls import TLSMemoryBIOProtocol
from zope.interface import implementer

from apps.core.serving.tls_extension import extension

logger = logging.getLogger(__name__)

# ECDSA and RSA with AES-GCM; OpenSSL picks by the certificates. TLS 1.3 has its own three suites.
SUITES = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384"
)
# OpenSSL's flags of the information callback: we sent an alert.
ALERT_WRITTEN = 0x4008
# What is told of one address within this time is told once.
TOLD_EVERY_S = 60.0
ADDRESSES_MAX = 1000


@dataclass(frozen=True, slots=True)
class TlsOptions:
    """`files`: PEM, each a key with its certificate and chain: one for ECDSA, one for RSA."""

    port: int
    files: tuple[Path, ...]


@implementer(IOpenSSLServerConnectionCreator)
class Tls:
    """Makes the server's end of TLS connections.

    Clients are asked for a certificate; having its key is proven here, whose it is and who signed
    it is judged by the application, which knows the tenant.
    """

    def __init__(self, options: TlsOptions) -> None:
        self.told: OrderedDict[str, float] = OrderedDict()
        self.context = SSL.Context(SSL.TLS_SERVER_METHOD)
        self.context.set_min_proto_version(SSL.TLS1_2_VERSION)
        self.context.set_cipher_list(SUITES.encode())
        self.context.set_options(
            SSL.OP_NO_COMPRESSION | SSL.OP_CIPHER_SERVER_PREFERENCE | SSL.OP_NO_RENEGOTIATION
        )
        for file in options.files:
            self.context.use_certificate_chain_file(str(file))
            self.context.use_privatekey_file(str(file))
            self.context.check_privatekey()
        self.context.set_session_id(b"chargeyard")
        self.context.set_verify(SSL.VERIFY_PEER, judged_later)
        self.context.set_info_callback(self.note)

    def serverConnectionForTLS(self, protocol: Any) -> SSL.Connection:
        """Called by Twisted for each connection."""
        connection = SSL.Connection(self.context, None)
        connection.set_app_data(protocol)
        return connection

    def note(self, connection: SSL.Connection, where: int, code: int) -> None:
        """Tell of a handshake that we broke off; OpenSSL swallows what is raised here."""
        is_fatal = code >> 8 == 2
        protocol = connection.get_app_data()
        if where & ALERT_WRITTEN != ALERT_WRITTEN or not is_fatal or protocol is None:
            return
        address = str(getattr(protocol.transport.getPeer(), "host", ""))
        now = time.monotonic()
        if now - self.told.get(address, -TOLD_EVERY_S) < TOLD_EVERY_S:
            return
        self.told[address] = now
        self.told.move_to_end(address)
        if len(self.told) > ADDRESSES_MAX:
            self.told.popitem(last=False)
        logger.warning("TLS refused to %s: alert %d", address, code & 0xFF)


def judged_later(*arguments: Any) -> bool:
    """Let any certificate pass: the application judges it, or needs none."""
    return True


def tls_extension(transport: Any) -> dict[str, Any] | None:
    """Return ASGI's extension `tls` of a connection; None where it has no TLS."""
    if not isinstance(transport, TLSMemoryBIOProtocol):
        return None
    certificate = transport.getPeerCertificate()
    pem = certificate.to_cryptography().public_bytes(Encoding.PEM).decode() if certificate else ""
    return extension(transport.getHandle().get_protocol_version_name(), pem)
