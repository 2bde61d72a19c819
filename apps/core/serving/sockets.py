"""WebSockets of our daphne: refusals with the HTTP status that the application asks for.

Stock daphne answers every refusal 403, although a charger must learn 401 from 404 and 503. It also
fails on close codes such as 1008 or 1012, and reads from a socket however far behind we are.
"""

import asyncio
import time
from http import HTTPStatus
from typing import Any

from autobahn.twisted.websocket import ConnectionDeny
from daphne.ws_protocol import WebSocketProtocol

PAUSE_AT = 64
RESUME_AT = 16
"""Messages of one socket that wait for the application: above the first we stop reading."""


class Inbox(asyncio.Queue[dict[str, Any]]):
    """What a socket sent and the application has not taken; pauses the transport when full."""

    def __init__(self, transport: Any) -> None:
        super().__init__()
        self.transport = transport
        self.is_paused = False

    def put_nowait(self, item: dict[str, Any]) -> None:
        super().put_nowait(item)
        if not self.is_paused and self.qsize() >= PAUSE_AT:
            self.is_paused = True
            self.transport.pauseProducing()

    async def get(self) -> dict[str, Any]:
        item = await super().get()
        if self.is_paused and self.qsize() <= RESUME_AT:
            self.is_paused = False
            self.transport.resumeProducing()
        return item


class Socket(WebSocketProtocol):
    """A WebSocket that speaks the ASGI extension `websocket.http.response`.

    Instead of accepting, the application sends `websocket.http.response.start` (`status`,
    `headers`) and `.body` (`body`, `more_body`): the client gets these, and the connection ends.
    """

    refusal: dict[str, Any] | None = None
    refusal_body = b""

    def handle_reply(self, message: dict[str, Any]) -> None:
        """Do what the application asks for; raises ValueError for messages out of place."""
        kind = message.get("type")
        if kind == "websocket.http.response.start":
            if not hasattr(self, "handshake_deferred"):
                raise ValueError("the handshake is over, so it cannot be refused any more")
            self.refusal, self.refusal_body = message, b""
        elif kind == "websocket.http.response.body":
            if self.refusal is None:
                raise ValueError("websocket.http.response.start must come first")
            self.refusal_body += message.get("body", b"")
            if not message.get("more_body", False):
                self.refuse(self.refusal["status"])
        else:
            super().handle_reply(message)

    def refuse(self, status: int) -> None:
        """End the handshake with the status, headers and body that were collected."""
        denial = ConnectionDeny(code=status, reason=HTTPStatus(status).phrase)
        self.handshake_deferred.errback(denial)
        del self.handshake_deferred
        self.server.protocol_disconnected(self)

    def sendHttpErrorResponse(
        self,
        code: int,
        reason: str,
        responseHeaders: Any = None,
    ) -> None:
        """Write the answer to a handshake that failed, complete with length and end."""
        headers = [(str(name), str(value)) for name, value in responseHeaders or ()]
        if self.refusal is not None:
            headers += [
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in self.refusal.get("headers", ())
            ]
        fixed = {"content-length", "connection"}
        headers = [(name, value) for name, value in headers if name.lower() not in fixed]
        headers += [("Content-Length", str(len(self.refusal_body))), ("Connection", "close")]
        if any(set("\r\n") & set(name + value) for name, value in headers):
            raise ValueError("a header must not hold a line break")
        lines = [f"HTTP/1.1 {code} {reason}", *(f"{name}: {value}" for name, value in headers)]
        self.sendData("\r\n".join([*lines, "", ""]).encode("latin-1") + self.refusal_body)

    def serverClose(self, code: int | None = None, reason: str = "") -> None:
        """Close with any code of RFC 6455; autobahn's method takes 1000 and 3000 to 4999 only."""
        text = reason.encode()[:123] or None
        self.sendCloseFrame(code=1000 if code is None else code, reasonUtf8=text)

    def check_timeouts(self) -> None:
        """Ping, and give up on handshakes that the application does not answer, with 503."""
        if self.state == self.STATE_CONNECTING and hasattr(self, "handshake_deferred"):
            if time.time() - self.socket_opened > self.server.websocket_connect_timeout:
                self.refuse(HTTPStatus.SERVICE_UNAVAILABLE)
        elif self.state == self.STATE_OPEN:
            super().check_timeouts()
