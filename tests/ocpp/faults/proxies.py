"""A way to a server that can be disturbed: slow, swallowing, cut; a thread with a loop."""

import asyncio
import contextlib
import re
import threading
from collections.abc import Coroutine
from enum import StrEnum
from typing import Any, Self

CHUNK = 64 * 1024
# COMMIT, or a batch of the gateway that is a transaction by itself: its table bears its schema.
COMMITS = re.compile(rb'COMMIT|"."ocpp_messageexchange"')
START_S = 60.0


class Way(StrEnum):
    """What happens to bytes: passed on, taken and never passed on, or not even a connection."""

    OPEN = "open"
    SWALLOWING = "swallowing"
    CUT = "cut"


class TcpProxy:
    """Listens on a free port of loopback and leads to `host` (a folder: a Unix socket in it).

    `delay_s` holds up each thing that the server says, `commit_delay_s` only its answer to what
    commits, as a slow disk does. A swallowed connection stays half-open for ever, also
    when the way is open again: who waits for it must give it up.
    """

    def __init__(self, host: str, port: int) -> None:
        self.host, self.target_port = host, port
        self.way = Way.OPEN
        self.delay_s = self.commit_delay_s = 0.0
        self.port = 0
        self.committing: set[asyncio.StreamWriter | None] = set()
        self.swallowed: set[asyncio.StreamWriter] = set()
        self.writers: set[asyncio.StreamWriter] = set()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        self.do(self.listen())
        return self

    def __exit__(self, *details: Any) -> None:
        self.do(self.end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(START_S)
        self.loop.close()

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self.loop).result(START_S)

    # What a test calls

    def swallow(self) -> None:
        """From now on everything is taken and nothing answered, on all connections."""
        self.way = Way.SWALLOWING

    def cut(self) -> None:
        """Break all connections and refuse new ones."""
        self.way = Way.CUT
        self.do(self.break_all())

    def mend(self) -> None:
        """Let new connections through; those that were swallowed stay dead."""
        self.way, self.delay_s, self.commit_delay_s = Way.OPEN, 0.0, 0.0

    # On the loop

    async def listen(self) -> None:
        self.server = await asyncio.start_server(self.accepted, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]

    async def end(self) -> None:
        self.server.close()
        await self.break_all()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def break_all(self) -> None:
        for writer in list(self.writers):
            writer.transport.abort()

    async def accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.add(writer)
        try:
            if self.way is Way.CUT:
                return
            if self.host.startswith("/"):
                path = f"{self.host}/.s.PGSQL.{self.target_port}"
                there, back = await asyncio.open_unix_connection(path)
            else:
                there, back = await asyncio.open_connection(self.host, self.target_port)
            self.writers.add(back)
            await asyncio.gather(
                self.carry(reader, back, answers=None), self.carry(there, writer, answers=back)
            )
            self.writers.discard(back)
        except (OSError, asyncio.CancelledError):  # of `end`; asyncio cannot bear it in here
            return
        finally:
            self.writers.discard(writer)
            writer.transport.abort()

    async def carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        answers: asyncio.StreamWriter | None,
    ) -> None:
        """Pass bytes on, in order; `answers`: the way of what they answer. A connection that met a
        swallowing way stays dead.
        """
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                if self.way is Way.SWALLOWING:
                    self.swallowed |= {writer}
                if writer in self.swallowed:
                    continue
                if answers is not None and self.delay_s:
                    await asyncio.sleep(self.delay_s)
                if answers in self.committing:
                    self.committing.discard(answers)
                    await asyncio.sleep(self.commit_delay_s)
                if self.commit_delay_s and COMMITS.search(data):
                    self.committing.add(writer)
                writer.write(data)
                await writer.drain()
        writer.transport.abort()
