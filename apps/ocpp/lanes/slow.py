"""The slow lane: a few threads with kept connections, one synchronous function per unit.

Nothing of the ORM runs on the event loop. A function gets its schema here and nowhere else, inside
the same hop in which it runs (ARCHITECTURE, traps, 2).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connection

from apps.tenants.context import run_in_schema

logger = logging.getLogger(__name__)

STATEMENT_TIMEOUT_MS = 8000
TIMEOUT_S = 10.0
"""How long a unit may take in all before the charger is told to try again (RELIABILITY, R3)."""

P = ParamSpec("P")
R = TypeVar("R")


class Lane:
    """A bounded pool of threads, each with a database connection of its own."""

    def __init__(self, name: str, threads: int) -> None:
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix=name)

    async def run(
        self, schema: str, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Call the function in the schema in one hop. Raises what it raises, and TimeoutError."""
        loop = asyncio.get_running_loop()
        work = partial(in_schema, schema, partial(function, *args, **kwargs))
        return await asyncio.wait_for(loop.run_in_executor(self.pool, work), TIMEOUT_S)

    def stop(self) -> None:
        """Take nothing more; what runs may end."""
        self.pool.shutdown(wait=False, cancel_futures=True)


def in_schema(schema: str, function: Callable[[], R]) -> R:
    """Call the function in the schema; once more where a kept connection turns out to be dead."""
    is_kept = prepare_connection()
    try:
        return run_in_schema(schema, function)
    except (OperationalError, InterfaceError):
        if not is_kept or is_alive():
            raise
        connection.close()
    logger.info("slow lane: the connection was lost, trying again")
    prepare_connection()
    return run_in_schema(schema, function)


def prepare_connection() -> bool:
    """Connect unless connected; return whether the connection was there before."""
    if is_alive():
        return True
    connection.close()
    connection.ensure_connection()
    # Before Django-tenants sees the cursor: this is a matter of the session, not of a schema.
    with connection.connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = {STATEMENT_TIMEOUT_MS}")
    return False


def is_alive() -> bool:
    """Tell whether the thread's connection is open as far as the client knows."""
    raw: Any = connection.connection
    return raw is not None and raw.closed == 0
