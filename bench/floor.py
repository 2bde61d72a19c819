"""The floor: an ASGI application that takes every charger, validates nothing and only writes.

It reads the JSON, since it must know the message id, keeps every frame in one plain table by COPY
in batches (BENCH_FLOOR_DSN), and gives a fixed answer once its batch is committed. No password, no
schema of messages, no tenants. What a gateway costs above it is the price of being right.
"""

import asyncio
import os
import time
from io import StringIO
from typing import Any

import orjson
import psycopg2

GATHER_S = 0.02
"""The least time from one commit's begin to the next one's, as in the gateway."""
TABLE = "public.bench_floor_frames"
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
NOW = "2026-01-01T00:00:00Z"
ANSWERS: dict[str, dict[str, Any]] = {
    "BootNotification": {"currentTime": NOW, "interval": 300, "status": "Accepted"},
    "Heartbeat": {"currentTime": NOW},
    "Authorize": {"idTagInfo": {"status": "Accepted"}},
    "StartTransaction": {"transactionId": 1, "idTagInfo": {"status": "Accepted"}},
}


class Writer:
    """Writes in one thread what gathered meanwhile; one batch, one COPY, one commit."""

    current: "Writer"

    def __init__(self, dsn: str) -> None:
        self.connection = psycopg2.connect(dsn)
        with self.connection, self.connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
            cursor.execute(f"CREATE TABLE {TABLE} (path text, frame text)")
        self.frames: list[tuple[str, str]] = []
        self.has_frames = asyncio.Event()
        self.written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.task = asyncio.create_task(self.run())

    def keep(self, path: str, frame: str) -> asyncio.Future[None]:
        """Return what is done once the frame is committed."""
        self.frames.append((path, frame))
        self.has_frames.set()
        return self.written

    async def run(self) -> None:
        began = 0.0
        while True:
            await self.has_frames.wait()
            await asyncio.sleep(max(0.0, began + GATHER_S - time.monotonic()))
            began = time.monotonic()
            frames, self.frames = self.frames, []
            written, self.written = self.written, asyncio.get_running_loop().create_future()
            self.has_frames.clear()
            await asyncio.to_thread(self.copy, frames)
            written.set_result(None)

    def copy(self, frames: list[tuple[str, str]]) -> None:
        text = "".join(f"{path}\t{frame.translate(ESCAPES)}\n" for path, frame in frames)
        with self.connection, self.connection.cursor() as cursor:
            cursor.copy_expert(f"COPY {TABLE} (path, frame) FROM STDIN", StringIO(text))


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Serve OCPP-J sockets, and an empty page that says that we listen."""
    if scope["type"] == "lifespan":
        await receive()
        Writer.current = Writer(os.environ["BENCH_FLOOR_DSN"])
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["type"] == "http":
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})
    else:
        await receive()
        await send({"type": "websocket.accept", "subprotocol": "ocpp1.6"})
        while (message := await receive())["type"] == "websocket.receive":
            text = message["text"]
            _, message_id, action, _ = orjson.loads(text)
            await Writer.current.keep(scope["path"], text)
            answer = orjson.dumps([3, message_id, ANSWERS.get(action, {})]).decode()
            await send({"type": "websocket.send", "text": answer})
