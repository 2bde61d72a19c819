"""The slow lane: a few threads with kept connections, one synchronous function per unit.

Nothing of the ORM runs on the event loop. A function gets its schema here and nowhere else, inside
the same hop in which it runs: set in one hop and used in the next it was another tenant's.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connection

from apps.core.origin import Origin, Way, came_from
from apps.tenants.context import run_in_schema

logger = logging.getLogger(__name__)

CHARGER = Origin(way=Way.CHARGER)

TIMEOUT_S = 10.0
"""How long a unit may take in all before the charger is told to try again."""

STATEMENT_PART = 800
"""Milliseconds of a second of patience: PostgreSQL itself ends a statement a little earlier."""

START_S = 5.0
"""So long the threads of a lane wait for each other when they start."""

AIR = 1
REST_MAX_S = 0.015
"""After unhurried work a thread rests so many times as long as it took, but no longer than this:
the slower processors and database answer, the more of them is left to others.
"""

prepared = threading.local()
"""`raw`: the thread's connection that has its time-out set; `patience_s` of the thread's lane;
`rests_until`, where it has done unhurried work.
"""

P = ParamSpec("P")
R = TypeVar("R")


class Lane:
    """A bounded pool of threads, each with a database connection of its own."""

    def __init__(self, name: str, threads: int, *, patience_s: float = TIMEOUT_S) -> None:
        """`patience_s`: after so long without a word from PostgreSQL a thread gives up."""
        self.name = name
        self.threads = threads
        self.pool = ThreadPoolExecutor(
            threads, thread_name_prefix=name, initializer=be_patient, initargs=(patience_s,)
        )

    def open(self) -> None:
        """Start all threads and let each connect, instead of one at a time as load grows.

        Where there is no database they connect at their first call.
        """
        together = threading.Barrier(self.threads)
        for _ in range(self.threads):
            self.pool.submit(connect, together)

    @property
    def waiting(self) -> int:
        """How many calls wait for a thread."""
        return self.pool._work_queue.qsize()

    async def run(
        self, schema: str, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Call the function in the schema in one hop. Raises what it raises, and TimeoutError."""
        loop = asyncio.get_running_loop()
        work = partial(as_charger, schema, partial(function, *args, **kwargs))
        async with asyncio.timeout(TIMEOUT_S):
            return await loop.run_in_executor(self.pool, work)

    def stop(self) -> None:
        """Take nothing more; what runs may end."""
        self.pool.shutdown(wait=False, cancel_futures=True)


def unhurried(function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Call the function as soon as the thread has rested from the unhurried work before.

    For what comes in storms, while people work with the same processors and database.
    """
    time.sleep(max(0.0, getattr(prepared, "rests_until", 0.0) - time.monotonic()))
    began = time.monotonic()
    try:
        return function(*args, **kwargs)
    finally:
        ended = time.monotonic()
        prepared.rests_until = ended + min((ended - began) * AIR, REST_MAX_S)


def be_patient(patience_s: float) -> None:
    """Called first in each thread of a lane."""
    prepared.patience_s = patience_s


def connect(together: threading.Barrier) -> None:
    """Connect this thread; waits for the others before, so that none of them does it twice."""
    with suppress(threading.BrokenBarrierError, OperationalError, InterfaceError):
        together.wait(START_S)
        prepare_connection()


def as_charger(schema: str, function: Callable[[], R]) -> R:
    """Call the function in the schema; what it changes was brought by a charger."""
    with came_from(CHARGER):
        return in_schema(schema, function)


def in_schema(schema: str, function: Callable[[], R]) -> R:
    """Call the function in the schema; once more where a kept connection turns out to be dead."""
    is_kept = prepare_connection()
    used = connection.connection
    try:
        return run_in_schema(schema, function)
    except (OperationalError, InterfaceError):
        # Django may have connected anew while it left the transaction.
        is_lost = connection.connection is not used or used.closed != 0
        if not (is_kept and is_lost):
            raise
    logger.info("slow lane: the connection was lost, trying again")
    prepare_connection()
    return run_in_schema(schema, function)


def prepare_connection() -> bool:
    """Connect unless connected; return whether the connection was there before."""
    raw: Any = connection.connection
    if raw is not None and raw.closed == 0 and getattr(prepared, "raw", None) is raw:
        return True
    if raw is None or raw.closed != 0:
        connection.close()
        connection.ensure_connection()
    prepared.raw = connection.connection
    prepared.raw.patience_s = prepared.patience_s
    # On the bare connection: this is a matter of the session, not of a schema.
    with prepared.raw.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = {round(prepared.patience_s * STATEMENT_PART)}")
    return False
