"""Does Redis answer? Asked by one task per event loop, for everybody whose work depends on it."""

import asyncio
import contextlib
import logging

from django.conf import settings
from redis import asyncio as aioredis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

ASK_S = 3.0
PATIENCE_S = 3.0
AWAY = (RedisError, OSError, TimeoutError)


class Pulse:
    """`away` is set while Redis does not answer; both belong to the running loop."""

    def __init__(self) -> None:
        self.away = asyncio.Event()
        self.client = aioredis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S
        )
        self.task = asyncio.create_task(self.run())

    async def run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await self.client.ping()
            except AWAY as error:
                if not self.away.is_set():
                    logger.warning("live: Redis is away (%s)", type(error).__name__)
                self.away.set()
                with contextlib.suppress(*AWAY):
                    await self.client.connection_pool.disconnect()
            else:
                if self.away.is_set():
                    logger.warning("live: Redis is back")
                self.away.clear()
            await asyncio.sleep(ASK_S)


pulses: dict[asyncio.AbstractEventLoop, Pulse] = {}


def is_away() -> bool:
    """Say whether Redis did not answer when it was asked last."""
    return bool(settings.REDIS_URL) and pulse().away.is_set()


async def until_away() -> None:
    """Return when Redis does not answer; never where there is none."""
    if not settings.REDIS_URL:
        await asyncio.Event().wait()
    await pulse().away.wait()


def pulse() -> Pulse:
    """Return the pulse of the running loop, made at the first question."""
    loop = asyncio.get_running_loop()
    if loop not in pulses:
        pulses[loop] = Pulse()
    return pulses[loop]
