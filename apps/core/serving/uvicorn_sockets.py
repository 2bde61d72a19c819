"""uvicorn's WebSocket, telling of TLS: `--ws apps.core.serving.uvicorn_sockets:Socket`.

Needed for client certificates where uvicorn itself ends TLS; stock uvicorn keeps them to itself.
"""

import ssl
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from apps.core.serving.tls_extension import extension


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
    pem = ssl.DER_cert_to_PEM_cert(der) if der else ""
    return extension(connection.version() or "", pem)
