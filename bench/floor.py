"""The floor: an ASGI application that takes every charger and answers without looking.

It reads the JSON, since it must know the message id, and sends a fixed answer: no password, no
schema, no log, no database. What a gateway costs above it is the price of being right.
"""

from typing import Any

import orjson

NOW = "2026-01-01T00:00:00Z"
ANSWERS: dict[str, dict[str, Any]] = {
    "BootNotification": {"currentTime": NOW, "interval": 300, "status": "Accepted"},
    "Heartbeat": {"currentTime": NOW},
    "Authorize": {"idTagInfo": {"status": "Accepted"}},
    "StartTransaction": {"transactionId": 1, "idTagInfo": {"status": "Accepted"}},
}


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Serve OCPP-J sockets, and an empty page that says that we listen."""
    if scope["type"] == "lifespan":
        for kind in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{kind}.complete"})
    elif scope["type"] == "http":
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})
    else:
        await receive()
        await send({"type": "websocket.accept", "subprotocol": "ocpp1.6"})
        while (message := await receive())["type"] == "websocket.receive":
            _, message_id, action, _ = orjson.loads(message["text"])
            answer = orjson.dumps([3, message_id, ANSWERS.get(action, {})]).decode()
            await send({"type": "websocket.send", "text": answer})
