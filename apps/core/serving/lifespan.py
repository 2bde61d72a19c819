"""ASGI lifespan for daphne, which does not speak it: tells the application of start and end."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

logger = logging.getLogger(__name__)

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class Lifespan:
    """One run of an application: `start`, then `stop`. Applications without lifespan are fine."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.inbox: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        self.started = asyncio.Event()
        self.stopped = asyncio.Event()
        self.failure = ""
        self.task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Return once the application has started; `failure` says if it could not."""
        self.task = asyncio.create_task(self._run())
        await self.inbox.put({"type": "lifespan.startup"})
        await self.started.wait()

    async def stop(self, timeout_s: float) -> None:
        """Tell the application to end, and return when it has, or after the time given."""
        if self.task is None or self.task.done():
            return
        await self.inbox.put({"type": "lifespan.shutdown"})
        try:
            await asyncio.wait_for(self.stopped.wait(), timeout_s)
        except TimeoutError:
            logger.warning("the application did not end within %s s", timeout_s)
            self.task.cancel()

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
        try:
            await self.application(scope, self.inbox.get, self._send)
        except Exception as error:  # the rule of ASGI: lifespan is optional
            if self.started.is_set():
                logger.exception("lifespan of the application failed")
            else:
                logger.debug("the application does not speak lifespan: %s", error)
        finally:
            self.started.set()
            self.stopped.set()

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "lifespan.startup.failed":
            self.failure = message.get("message") or "the application could not start"
            self.started.set()
        elif message["type"] == "lifespan.startup.complete":
            self.started.set()
        else:
            self.stopped.set()
