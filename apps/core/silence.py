"""PostgreSQL connections that end when the other side falls silent.

libpq waits for an answer without limit. TCP notices a peer that is gone, but not one that takes
what we send and never answers (a frozen server, a proxy before nothing). So a thread of each
process shuts the sockets whose call has run longer than the connection's `patience_s`; the call
then raises OperationalError like any lost connection.
"""

import contextlib
import os
import socket
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import psycopg2
from psycopg2 import extensions

LOOK_S = 0.5
PATIENCE_S = 60.0
"""Default: longer than any statement of a page or task may take. None: no limit."""


R = TypeVar("R")


class Watch:
    """One thread per process, made at the first connection (after a fork: anew)."""

    def __init__(self) -> None:
        self.connections: weakref.WeakSet[QuietConnection] = weakref.WeakSet()
        self.lock = threading.Lock()
        self.pid = 0

    def add(self, raw: "QuietConnection") -> None:
        """Watch the connection until it is closed or forgotten."""
        with self.lock:
            if self.pid != os.getpid():
                self.pid = os.getpid()
                self.connections = weakref.WeakSet()
                threading.Thread(target=self.run, name="silence", daemon=True).start()
            self.connections.add(raw)

    def run(self) -> None:
        while True:
            time.sleep(LOOK_S)
            self.look()

    def look(self) -> None:
        """Shut the sockets whose call has run for too long.

        In a function of its own, so that between two looks nothing here holds a connection: one
        whose thread has ended must be closed, else they pile up until PostgreSQL takes no more.
        """
        with self.lock:
            watched = list(self.connections)
        now = time.monotonic()
        for raw in watched:
            since, patience_s = raw.busy_since, raw.patience_s
            if since is not None and patience_s is not None and now - since > patience_s:
                raw.shut()


watch = Watch()


class QuietConnection(extensions.connection):
    """A connection of psycopg2 whose calls end; `patience_s` may be set at any time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.busy_since: float | None = None
        self.patience_s: float | None = PATIENCE_S
        super().__init__(*args, **kwargs)
        watch.add(self)

    def shut(self) -> None:
        """Shut the socket below libpq, from any thread: whoever waits for it gets an error."""
        # A descriptor of our own: closing it leaves libpq's alone. It may be closed meanwhile.
        with (
            contextlib.suppress(OSError, psycopg2.InterfaceError),
            socket.socket(fileno=os.dup(self.fileno())) as ours,
        ):
            ours.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def within(self, patience_s: float) -> Iterator[None]:
        """Let calls end earlier for a while."""
        usual, self.patience_s = self.patience_s, patience_s
        try:
            yield
        finally:
            self.patience_s = usual

    def noted(self, call: Callable[..., R], *args: Any, **kwargs: Any) -> R:
        """Call what waits for the server, noting since when it does."""
        self.busy_since = time.monotonic()
        try:
            return call(*args, **kwargs)
        finally:
            self.busy_since = None

    def commit(self) -> None:
        self.noted(super().commit)

    def rollback(self) -> None:
        self.noted(super().rollback)


class QuietCursor(extensions.cursor):
    """Notes since when its connection waits."""

    connection: QuietConnection

    def execute(self, *args: Any, **kwargs: Any) -> None:
        self.connection.noted(super().execute, *args, **kwargs)

    def copy_expert(self, *args: Any, **kwargs: Any) -> None:
        self.connection.noted(super().copy_expert, *args, **kwargs)

    def executemany(self, *args: Any, **kwargs: Any) -> None:
        self.connection.noted(super().executemany, *args, **kwargs)

    def fetchmany(self, *args: Any, **kwargs: Any) -> list[Any]:
        """Of a named cursor this asks the server."""
        return self.connection.noted(super().fetchmany, *args, **kwargs)
