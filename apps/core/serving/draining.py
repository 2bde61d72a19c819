"""Leaving gently: on SIGTERM a process turns unready, finishes what runs, and only then stops.

Servers close every socket at once; thousands of chargers would dial in again in the same second. So
the drain comes between the signal and the server's own handler.
"""

import asyncio
import logging
import signal
import time
from collections.abc import Awaitable, Callable
from types import FrameType

logger = logging.getLogger(__name__)

Step = Callable[[], Awaitable[None]]


class Drain:
    """One per process. `steps` run side by side, once; a second signal does not wait for them."""

    def __init__(self) -> None:
        self.is_draining = False
        self.steps: list[Step] = []
        self.task: asyncio.Task[None] | None = None

    def listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """Come before the server's handlers of SIGTERM and SIGINT; call in the main thread once
        the server has set them.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            usual = signal.getsignal(number)
            if callable(usual):
                signal.signal(number, self.handler(loop, usual))

    def handler(
        self, loop: asyncio.AbstractEventLoop, usual: Callable[[int, FrameType | None], object]
    ) -> Callable[[int, FrameType | None], None]:
        def begin(number: int, frame: FrameType | None) -> None:
            if self.is_draining:
                usual(number, frame)
                return
            self.is_draining = True
            loop.call_soon_threadsafe(start, number)

        def start(number: int) -> None:
            self.task = loop.create_task(self.run())
            self.task.add_done_callback(lambda _task: usual(number, None))

        return begin

    async def run(self) -> None:
        """Do the steps; one that fails is told and holds up nothing."""
        began = time.monotonic()
        for result in await asyncio.gather(
            *(step() for step in self.steps), return_exceptions=True
        ):
            if isinstance(result, Exception):
                logger.error("a step of the drain failed", exc_info=result)
        logger.info("drained in %.1f s", time.monotonic() - began)


drain = Drain()
