"""daphne, run by ourselves: honest refusals, small messages, quiet headers and a clean end."""

import asyncio
import logging
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any

from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server as DaphneServer
from daphne.server import reactor
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import SSL4ServerEndpoint

from apps.core.serving.lifespan import Application, Lifespan
from apps.core.serving.sockets import Inbox, Socket
from apps.core.serving.tls import Tls, TlsOptions, tls_extension

logger = logging.getLogger(__name__)

MAX_MESSAGE_BYTES = 256 * 1024
PING_INTERVAL_S = 20
PING_TIMEOUT_S = 30
HANDSHAKE_TIMEOUT_S = 20
DRAIN_S = 5.0
LIFESPAN_STOP_S = 3.0
SERVICE_RESTART = 1012
"""Close code of RFC 6455's registry: the server restarts, come again."""


class Server(DaphneServer):
    """Serves pages, chargers and live sockets until SIGINT or SIGTERM."""

    def __init__(
        self,
        application: Application,
        *,
        host: str,
        port: int,
        on_ready: Callable[[], None],
        tls: TlsOptions | None = None,
    ) -> None:
        self.host, self.tls = host, tls
        self.lifespan: Lifespan | None = None
        self.asgi_application = application
        self.on_ready = on_ready
        self.ports: list[Any] = []
        self.failure = ""
        super().__init__(
            self.run_application,
            endpoints=build_endpoint_description_strings(host=host, port=port),
            ready_callable=self.prepare,
            server_name="",
            ping_interval=PING_INTERVAL_S,
            ping_timeout=PING_TIMEOUT_S,
            websocket_timeout=-1,
            websocket_connect_timeout=HANDSHAKE_TIMEOUT_S,
            websocket_handshake_timeout=HANDSHAKE_TIMEOUT_S + 5,
            websocket_max_message_size=MAX_MESSAGE_BYTES,
            websocket_max_frame_size=MAX_MESSAGE_BYTES,
        )

    # Start

    def prepare(self) -> None:
        """Called by daphne with everything made and nothing served yet."""
        self.ws_factory.protocol = Socket
        # Frames that break the rules are told by close code (1002, 1007, 1009), not by silence.
        self.ws_factory.setProtocolOptions(failByDrop=False)
        if self.tls is not None:
            self.listen_with_tls(self.tls)
        reactor.callWhenRunning(self.start_lifespan)

    def listen_with_tls(self, options: TlsOptions) -> None:
        """Open a second port, with TLS. Raises OpenSSL's error for files that do not fit."""
        endpoint = SSL4ServerEndpoint(reactor, options.port, Tls(options), interface=self.host)
        listener = endpoint.listen(self.http_factory)
        listener.addCallback(self.listen_success)
        listener.addErrback(self.listen_error)
        self.listeners.append(listener)

    def start_lifespan(self) -> None:
        self.lifespan = Lifespan(self.asgi_application)
        asyncio.ensure_future(self.announce(self.lifespan))  # noqa: RUF006 ends by itself

    async def announce(self, lifespan: Lifespan) -> None:
        """Start the application and say so, or stop with its failure."""
        await lifespan.start()
        self.failure = self.failure or lifespan.failure
        if self.failure:
            self.stop()
        else:
            self.on_ready()

    def listen_success(self, port: Any) -> None:
        super().listen_success(port)
        self.ports.append(port)

    def listen_error(self, failure: Any) -> None:
        self.failure = failure.getErrorMessage()
        self.stop()

    # Work

    async def run_application(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Hand a connection to the application, once that has started."""
        if self.lifespan is None:
            raise RuntimeError("a connection came before the server ran")
        await self.lifespan.started.wait()
        await self.asgi_application(scope, receive, send)

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """Start the application for a connection; returns the queue of what the client sends."""
        if not isinstance(protocol, WebSocketProtocol):
            return super().create_application(protocol, scope)
        scope["asgi"] = {"version": "3.0"}
        scope["extensions"] = {"websocket.http.response": {}}
        tls = tls_extension(protocol.transport)
        scope["scheme"] = "ws" if tls is None else "wss"
        if tls is not None:
            scope["extensions"]["tls"] = tls
        inbox = Inbox(protocol.transport)
        work = self.application(
            scope=scope, receive=inbox.get, send=partial(self.handle_reply, protocol)
        )
        self.connections[protocol]["application_instance"] = asyncio.ensure_future(work)
        return inbox

    def protocol_disconnected(self, protocol: Any) -> None:
        """Note the end of a connection, which may have been cleaned away already."""
        if protocol in self.connections:
            super().protocol_disconnected(protocol)

    # End

    def kill_all_applications(self) -> Any:
        """Called before the shutdown: daphne cancels at once, we let everybody finish first."""
        return Deferred.fromFuture(asyncio.ensure_future(self.drain()))

    async def drain(self) -> None:
        """Take no connections, close sockets, finish what runs (DRAIN_S), end the application."""
        for port in self.ports:
            port.stopListening()
        began = time.monotonic()
        for protocol in list(self.connections):
            if isinstance(protocol, Socket):
                self.dismiss(protocol)
        running = [
            details["application_instance"]
            for details in self.connections.values()
            if "application_instance" in details
        ]
        if running:
            _, late = await asyncio.wait(running, timeout=DRAIN_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if self.lifespan is not None:
            await self.lifespan.stop(LIFESPAN_STOP_S)
        logger.debug("drained in %.1f s", time.monotonic() - began)

    def dismiss(self, socket: Socket) -> None:
        """Ask an open socket to come again, and refuse one that is still at its handshake."""
        if socket.state == socket.STATE_OPEN:
            socket.serverClose(SERVICE_RESTART)
        elif socket.state == socket.STATE_CONNECTING and hasattr(socket, "handshake_deferred"):
            socket.refuse(HTTPStatus.SERVICE_UNAVAILABLE)
