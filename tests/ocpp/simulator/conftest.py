"""Asynchronous tests without a plugin: the test's coroutine runs in a loop of its own."""

import asyncio
import inspect
from typing import Any

import pytest

LONGEST_S = 90.0


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: Any) -> bool | None:
    """Run an `async def` test of this folder."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names}

    async def run() -> None:
        async with asyncio.timeout(LONGEST_S):
            await pyfuncitem.obj(**arguments)

    asyncio.run(run())
    return True
