"""A small ASGI application under our server, in a process of its own: reactors run once only.

`python -m tests.core.served_application PORT` prints "ready" when it serves.
"""

import sys
from typing import Any

from apps.core.serving.server import Server


async def refuse(send: Any, status: int, body: bytes) -> None:
    headers = [(b"www-authenticate", b'Basic realm="chargers"'), (b"retry-after", b"30")]
    start = {"type": "websocket.http.response.start", "status": status, "headers": headers}
    await send(start)
    half = len(body) // 2
    part = {"type": "websocket.http.response.body"}
    await send({**part, "body": body[:half], "more_body": True})
    await send({**part, "body": body[half:]})


async def echo(receive: Any, send: Any) -> None:
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Do what the path says: /401 refuses, /close/1008 closes, /stock denies, others echo."""
    if scope["type"] == "lifespan":
        await speak_lifespan(receive, send)
    elif scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"hello"})
    else:
        await serve_socket(scope, receive, send)


async def speak_lifespan(receive: Any, send: Any) -> None:
    for kind in ("startup", "shutdown"):
        assert (await receive())["type"] == f"lifespan.{kind}"
        print(kind, flush=True)
        await send({"type": f"lifespan.{kind}.complete"})


async def serve_socket(scope: dict[str, Any], receive: Any, send: Any) -> None:
    assert "websocket.http.response" in scope["extensions"]
    await receive()
    name = scope["path"].strip("/")
    if name.isdigit():
        return await refuse(send, int(name), b"no entry for you")
    if name == "stock":
        return await send({"type": "websocket.close"})
    await send({"type": "websocket.accept"})
    if name.startswith("close/"):
        return await send({"type": "websocket.close", "code": int(name.removeprefix("close/"))})
    await echo(receive, send)
    print("socket ended", flush=True)
    return None


if __name__ == "__main__":
    Server(
        application,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        on_ready=lambda: print("ready", flush=True),
    ).run()
