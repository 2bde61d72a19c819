"""uvicorn's WebSocket, telling of TLS: `--ws apps.core.serving.uvicorn_sockets:Socket`.

Needed for client certificates where uvicorn itself ends TLS; stock uvicorn keeps them to itself.
"""

import ssl
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

VERSION_NUMBERS = {"TLSv1.2": 0x0303, "TLSv1.3": 0x0304}


class Socket(WebSocketsSansIOProtocol):
    """Adds ASGI's extension `tls` to the scope."""

    async def run_asgi(self) -> None:
        connection: ssl.SSLObject | None = self.transport.get_extra_info("ssl_object")
        if connection is not None:
            extensions: dict[str, Any] = self.scope.setdefault("extensions", {})  # type: ignore[assignment]
            extensions["tls"] = tls_extension(connection)
        await super().run_asgi()


def tls_extension(connection: ssl.SSLObject) -> dict[str, Any]:
    """Return what ASGI's extension `tls` holds; the chain is the client's own certificate."""
    der = connection.getpeercert(binary_form=True)
    return {
        "server_cert": None,
        "client_cert_chain": [ssl.DER_cert_to_PEM_cert(der)] if der else [],
        "client_cert_name": None,
        "client_cert_error": None,
        "tls_version": VERSION_NUMBERS.get(connection.version() or ""),
        "cipher_suite": None,
    }
