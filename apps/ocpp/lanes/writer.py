"""The fast lane: one thread per process that writes many messages in one commit."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import select
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import psycopg2
from psycopg2.errors import UniqueViolation
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from apps.core.bell import connection_parameters
from apps.ocpp.lanes.batches import ALL, INSERTED_MAX, write_batch
from apps.ocpp.lanes.health import DatabaseAwayError
from apps.ocpp.lanes.trips import Trips
from apps.ocpp.lanes.units import FastOutcome, FastUnit

logger = logging.getLogger(__name__)

GATHER_S = 0.02
"""The least time from one commit's begin to the next one's: what comes meanwhile goes together."""
BATCH_MAX = 500
WAITING_MAX = 2000
STATEMENT_TIMEOUT_MS = 4000
SINGLE_TIMEOUT_MS = 1000
SINGLES_S = 4.0
"""Of a batch that failed each unit has its own, shorter time, and all of them together this."""
SILENCE_S = 6.0
"""When PostgreSQL does not even say that a statement took too long, the connection is given up."""
SLOW_S = 1.5
"""After a batch that took longer, round trips are saved at the price of PostgreSQL's work."""
CONNECT_TIMEOUT_S = 5
RECONNECT_S = 1.0

Result = FastOutcome | Exception
Write = Callable[..., list[FastOutcome]]


class CommitLostError(DatabaseAwayError):
    """The connection broke while a batch was committed: nobody knows whether it was stored."""


class Writer:
    """`submit` on the loop, `run` in the thread. A unit's future is set after its commit."""

    def __init__(self, *, on_batch: Callable[[bool], None], write: Write = write_batch) -> None:
        self.loop = asyncio.get_running_loop()
        self.on_batch = on_batch
        self.write = write
        self.waiting: deque[FastUnit] = deque()
        self.wake = threading.Condition()
        self.is_stopping = False
        self.raw: Any = None
        self.began = 0.0
        self.last_s = 0.0
        self.commits = 0
        self.units = 0
        self.busy_s = 0.0
        self.lost_at = -RECONNECT_S
        # Of the loop's thread: how many wait, and whether sockets may be read.
        self.pending = 0
        self.has_room = asyncio.Event()
        self.has_room.set()
        self.thread = threading.Thread(target=self.run, name="fast-lane", daemon=True)

    # On the event loop

    def start(self) -> None:
        self.thread.start()

    def submit(self, unit: FastUnit) -> asyncio.Future[FastOutcome]:
        """Queue the unit; its future ends with the outcome once committed, or with the error."""
        self.pending += 1
        if self.pending >= WAITING_MAX:
            self.has_room.clear()
        with self.wake:
            self.waiting.append(unit)
            self.wake.notify()
        return unit.future

    def settle(
        self, units: Sequence[FastUnit], results: Sequence[Result], *, trouble: bool
    ) -> None:
        """Tell each unit its result."""
        self.pending -= len(units)
        if self.pending <= WAITING_MAX // 2:
            self.has_room.set()
        self.on_batch(trouble)
        for unit, result in zip(units, results, strict=True):
            if unit.future.done():
                continue
            if isinstance(result, Exception):
                unit.future.set_exception(result)
            else:
                unit.future.set_result(result)

    def stop(self, timeout_s: float) -> None:
        """Write what waits and end the thread."""
        with self.wake:
            self.is_stopping = True
            self.wake.notify()
        self.thread.join(timeout_s)

    # In the thread

    def run(self) -> None:
        while (units := self.next_batch()) is not None:
            results, trouble = self.store(units)
            self.units += len(units)
            self.last_s = time.monotonic() - self.began
            self.busy_s += self.last_s
            try:
                settle = partial(self.settle, units, results, trouble=trouble)
                self.loop.call_soon_threadsafe(settle)
            except RuntimeError:  # the loop has ended: nobody waits for an answer any more
                break
        self.drop_connection()

    def next_batch(self) -> list[FastUnit] | None:
        """Wait for units; None when stopped and empty. At once when idle, else gathered."""
        with self.wake:
            while not self.waiting:
                if self.is_stopping:
                    return None
                self.wake.wait()
        pause = self.began + GATHER_S - time.monotonic()
        if pause > 0 and not self.is_stopping:
            time.sleep(pause)
        self.began = time.monotonic()
        with self.wake:
            return [self.waiting.popleft() for _ in range(min(len(self.waiting), BATCH_MAX))]

    def store(self, units: Sequence[FastUnit]) -> tuple[list[Result], bool]:
        """Store the batch, else unit by unit; say whether the database is at fault."""
        try:
            return list(self.commit(units)), False
        except DatabaseAwayError as error:
            return [error] * len(units), True
        except (psycopg2.Error, ValueError) as error:
            logger.warning(
                "fast lane: a batch of %d failed (%s), storing one by one",
                len(units),
                type(error).__name__,
            )
        return self.store_one_by_one(units)

    def store_one_by_one(self, units: Sequence[FastUnit]) -> tuple[list[Result], bool]:
        results: list[Result] = []
        trouble = False
        until = time.monotonic() + SINGLES_S
        for unit in units:
            if unit.future.done():  # given up: it will come again
                results.append(DatabaseAwayError("given up"))
                continue
            if time.monotonic() > until:
                results.append(DatabaseAwayError("out of time"))
                continue
            try:
                results += self.commit([unit], timeout_ms=SINGLE_TIMEOUT_MS)
            except (psycopg2.Error, ValueError, DatabaseAwayError) as error:
                trouble = trouble or isinstance(
                    error, (psycopg2.OperationalError, DatabaseAwayError)
                )
                logger.warning(
                    "fast lane: station %s/%s: %s not stored: %s",
                    unit.schema,
                    unit.station_id,
                    unit.exchange.action[:40],
                    type(error).__name__,
                )
                results.append(error)
        return results, trouble

    def commit(
        self, units: Sequence[FastUnit], timeout_ms: int = STATEMENT_TIMEOUT_MS
    ) -> list[FastOutcome]:
        """Write and commit; on a kept connection that turns out dead, once more on a new one."""
        attempts = 1 if self.raw is None else 2
        for attempt in range(1, attempts + 1):
            try:
                return self.commit_once(units, timeout_ms)
            except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
                if self.raw is not None:
                    raise
                if attempt == attempts:
                    raise DatabaseAwayError(type(error).__name__) from error
        raise AssertionError("unreachable")

    def commit_once(self, units: Sequence[FastUnit], timeout_ms: int) -> list[FastOutcome]:
        """Write all or nothing; once more where meter values came that are stored already.

        That is rare: told again under a new message id. By COPY it would fail, with INSERT always
        instead of COPY every batch would pay for it.
        """
        raw = self.connect()
        inserted_max = ALL if self.last_s > SLOW_S else INSERTED_MAX
        try:
            outcomes = self.try_once(raw, units, timeout_ms, inserted_max)
        except UniqueViolation:
            outcomes = self.try_once(raw, units, timeout_ms, ALL)
        self.commits += 1
        return outcomes

    def try_once(
        self, raw: Any, units: Sequence[FastUnit], timeout_ms: int, inserted_max: int
    ) -> list[FastOutcome]:
        with raw.cursor() as cursor:
            trips = Trips(cursor)
            if timeout_ms != STATEMENT_TIMEOUT_MS:
                trips.gather(f"SET LOCAL statement_timeout = {timeout_ms}")
            try:
                return self.write(trips, units, inserted_max=inserted_max)
            except Exception as error:
                self.roll_back()
                if self.raw is None and trips.is_ending:
                    raise CommitLostError(type(error).__name__) from error
                raise

    def connect(self) -> Any:
        """Return the writer's connection. Raises psycopg2.Error, DatabaseAwayError."""
        if self.raw is not None and has_ended(self.raw):
            self.drop_connection()
        if self.raw is not None:
            return self.raw
        if time.monotonic() - self.lost_at < RECONNECT_S:
            raise DatabaseAwayError("waiting to reconnect")
        try:
            self.raw = psycopg2.connect(
                **{
                    **connection_parameters(),
                    "connect_timeout": CONNECT_TIMEOUT_S,
                    "tcp_user_timeout": STATEMENT_TIMEOUT_MS,
                    "application_name": "ocpp fast lane",
                }
            )
            self.raw.patience_s = SILENCE_S
            self.raw.set_session(autocommit=True)  # a batch begins and ends by itself: lanes.trips
            with self.raw.cursor() as cursor:
                cursor.execute(
                    f"SET statement_timeout = {STATEMENT_TIMEOUT_MS}; SET TIME ZONE 'UTC'; "
                    "SET synchronous_commit = on; SET standard_conforming_strings = on"
                )
        except psycopg2.Error:
            self.drop_connection()
            self.lost_at = time.monotonic()
            raise
        return self.raw

    def roll_back(self) -> None:
        """Leave the connection clean, or drop it when it is dead."""
        try:
            if self.raw.info.transaction_status != TRANSACTION_STATUS_IDLE:
                with self.raw.cursor() as cursor:
                    cursor.execute("ROLLBACK")
        except psycopg2.Error:
            self.drop_connection()
            return
        if self.raw.closed:
            self.drop_connection()

    def drop_connection(self) -> None:
        if self.raw is not None:
            with contextlib.suppress(psycopg2.Error):  # it is dead already
                self.raw.close()
        self.raw = None


def has_ended(raw: Any) -> bool:
    """Say whether the server ended the connection while nothing was asked: then there is something
    to read. Found out before a batch leaves, it may go by another connection.
    """
    try:
        return bool(select.select([raw], [], [], 0)[0])
    except (OSError, ValueError, psycopg2.Error):
        return True
