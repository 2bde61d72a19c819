"""The WebSocket of a station: handshake, then frames to its connection, until one side ends it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from channels.consumer import AsyncConsumer

from apps.infrastructure.choices import Protocol
from apps.ocpp.authentication import UNAVAILABLE, Refusal
from apps.ocpp.connection import Connection, StationFacts
from apps.ocpp.gateway import INTERNAL_ERROR, Gateway
from apps.ocpp.handshake import Agreement, choose_subprotocol
from apps.ocpp.lanes.health import is_trouble
from apps.ocpp.transport import transport_of

logger = logging.getLogger(__name__)

# RFC 6455: protocol error.
PROTOCOL_ERROR = 1002
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class StationConsumer(AsyncConsumer):
    """Reads the socket itself. Channels' own dispatch would pass every event through one shared
    thread to close database connections, which no code on the event loop has.
    """

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        gateway = Gateway.current
        if (await receive())["type"] != "websocket.connect":
            return
        if gateway is None or not gateway.takes_sockets:
            await refuse(scope, send, UNAVAILABLE)
            return
        # Before the socket is accepted there is nothing to hear but that the peer has left.
        first = asyncio.ensure_future(receive())
        try:
            station = await gateway.authenticator.admit(scope, first.done)
            if isinstance(station, Refusal):
                await refuse(scope, send, station)
                return
            connection = await accept(gateway, station, scope, send)
            if connection is not None:
                await serve(gateway, connection, hearing(first, receive))
        finally:
            first.cancel()


async def accept(
    gateway: Gateway, station: StationFacts, scope: Mapping[str, Any], send: Send
) -> Connection | None:
    """Accept the socket; close it at once where there is no common protocol.

    Source: OCPP-J 1.6, 3.1.2: complete the handshake without the header, then close.
    """
    agreement, token = choose_subprotocol(scope.get("subprotocols", ()))
    is_understood = agreement is Agreement.CHOSEN or (
        agreement is Agreement.NONE_OFFERED and station.protocol == Protocol.OCPP_16
    )
    try:
        await send({"type": "websocket.accept", "subprotocol": token or None})
        if is_understood:
            address = transport_of(scope, gateway.authenticator.trusted).address
            return Connection(gateway, station, send, token, address)
        logger.info("station %s/%s: no common subprotocol", station.schema, station.station_id)
        await send({"type": "websocket.close", "code": PROTOCOL_ERROR})
    except OSError:
        logger.debug("station %s/%s left at once", station.schema, station.station_id)
    return None


def hearing(first: Awaitable[Message], receive: Receive) -> Receive:
    """Return what hears the first message that is awaited already, then all others."""
    waiting = [first]
    return lambda: waiting.pop() if waiting else receive()


async def serve(gateway: Gateway, connection: Connection, receive: Receive) -> None:
    """Claim presence and read the socket until it ends."""
    is_our_fault = False
    try:
        await gateway.enter(connection)
        while not connection.is_closed:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                break
            if message["type"] == "websocket.receive" and not connection.is_closed:
                text = message.get("text")
                await connection.receive(message["bytes"] if text is None else text)
                if not gateway.fast.has_room.is_set():
                    await gateway.fast.has_room.wait()
    except Exception as error:
        if not is_trouble(error):
            logger.exception("connection %s failed", connection)
        is_our_fault = True
        await connection.close(INTERNAL_ERROR, "try again later")
    finally:
        if is_our_fault or not gateway.takes_sockets:
            gateway.authenticator.cooling.forgive(connection.station.charge_box_id)
        await gateway.leave(connection)


async def refuse(scope: Mapping[str, Any], send: Send, refusal: Refusal) -> None:
    """Answer the handshake with the status; with 403 where the server can say nothing else."""
    try:
        if "websocket.http.response" not in (scope.get("extensions") or {}):
            await send({"type": "websocket.close"})
            return
        await send(
            {
                "type": "websocket.http.response.start",
                "status": int(refusal.status),
                "headers": [(b"content-type", b"text/plain"), *refusal.headers],
            }
        )
        body = f"{HTTPStatus(refusal.status).phrase}\n".encode()
        await send({"type": "websocket.http.response.body", "body": body})
    except OSError:
        logger.debug("the peer left before it was refused")
