"""The bell between processes: one thread per process LISTENs to PostgreSQL and calls subscribers.

NOTIFY is delivered on commit and needs no further server. A lost bell costs delay only: whoever
subscribes must also be right without it (caches expire, outboxes are read again).
"""

import logging
import select
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import psycopg2
from django.db import connection, connections

logger = logging.getLogger(__name__)

RETRY_S = 1.0
POLL_S = 1.0
CHECK_S = 10.0
"""A connection that heard nothing for so long is asked whether it still hears."""
PATIENCE_S = 5.0
LOST = ""
"""Payload that tells a subscriber: notifications may have been missed, forget what you know."""

Callback = Callable[[str], None]


def connection_parameters() -> dict[str, Any]:
    """Return psycopg2's parameters of the default database, for connections without Django."""
    return dict(connections["default"].get_connection_params())


class Bell:
    """LISTEN on channels; callbacks run in the listener's thread with the payload as text.

    After each (re)connection every callback is called once with `LOST`.
    """

    def __init__(self) -> None:
        self.callbacks: dict[str, list[Callback]] = defaultdict(list)
        self.thread: threading.Thread | None = None
        self.stopping = threading.Event()
        self.healthy = threading.Event()

    def subscribe(self, channel: str, callback: Callback) -> None:
        """Register a callback; call before `start`."""
        self.callbacks[channel].append(callback)

    def start(self) -> None:
        """Start the thread unless it runs already."""
        if self.thread is None or not self.thread.is_alive():
            self.stopping.clear()
            self.thread = threading.Thread(target=self.run, name="bell", daemon=True)
            self.thread.start()

    def stop(self) -> None:
        """Stop the thread; returns once it has ended."""
        self.stopping.set()
        if self.thread is not None:
            self.thread.join(timeout=POLL_S * 3)

    def run(self) -> None:
        while not self.stopping.is_set():
            try:
                self.listen()
            except psycopg2.Error as error:
                logger.warning("bell: PostgreSQL away (%s), trying again", type(error).__name__)
            self.healthy.clear()
            self.stopping.wait(RETRY_S)

    def listen(self) -> None:
        raw = psycopg2.connect(**connection_parameters())
        try:
            raw.patience_s = PATIENCE_S
            raw.set_session(autocommit=True)
            with raw.cursor() as cursor:
                for channel in self.callbacks:
                    cursor.execute(f'LISTEN "{channel}"')
            self.healthy.set()
            self.ring_all(LOST)
            heard_at = time.monotonic()
            while not self.stopping.is_set():
                if select.select([raw], [], [], POLL_S)[0]:
                    raw.poll()
                    heard_at = time.monotonic()
                elif time.monotonic() - heard_at > CHECK_S:
                    with raw.cursor() as cursor:
                        cursor.execute("SELECT 1")
                    heard_at = time.monotonic()
                while raw.notifies:
                    notice = raw.notifies.pop(0)
                    self.ring(notice.channel, notice.payload)
        finally:
            raw.close()

    def ring_all(self, payload: str) -> None:
        for channel in self.callbacks:
            self.ring(channel, payload)

    def ring(self, channel: str, payload: str) -> None:
        for callback in self.callbacks[channel]:
            try:
                callback(payload)
            except Exception:
                logger.exception("bell: a subscriber of %s failed", channel)


bell = Bell()


def notify(channel: str, payload: str) -> None:
    """Ring a channel; delivered when the open transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [channel, payload])
