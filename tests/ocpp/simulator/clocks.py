"""A clock for tests: waits pass at once and are written down."""

import asyncio

from apps.ocpp.simulator import Clock


class NotingClock(Clock):
    """`sleep` yields once and notes the seconds asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)
