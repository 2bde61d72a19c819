"""A simulated charger beside a browser: Playwright has the thread of the test, it gets another."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any, TypeVar

from apps.ocpp.simulator import SimulatedCharger
from tests.conftest import STATION_KEY

WAIT_S = 30.0
R = TypeVar("R")


class Driver:
    """Leads a charger step by step; each call returns once the central system has answered."""

    def __init__(self, charger: SimulatedCharger, loop: asyncio.AbstractEventLoop) -> None:
        self.charger = charger
        self.loop = loop

    def do(self, step: Coroutine[Any, Any, R]) -> R:
        return asyncio.run_coroutine_threadsafe(step, self.loop).result(WAIT_S)


@contextmanager
def plugged_in(url: str, charge_box_id: str, **options: Any) -> Iterator[Driver]:
    """Connect a charger and boot it; disconnect it at the end."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="charger", daemon=True)
    thread.start()

    async def connect() -> SimulatedCharger:
        charger = SimulatedCharger(url, charge_box_id, password=STATION_KEY, **options)
        await charger.__aenter__()
        await charger.boot()
        return charger

    async def leave() -> None:
        await driver.charger.__aexit__(None, None, None)

    try:
        driver = Driver(asyncio.run_coroutine_threadsafe(connect(), loop).result(WAIT_S), loop)
        yield driver
        driver.do(leave())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(WAIT_S)
        loop.close()
