"""Is the database there? Decides when sockets are closed: chargers queue instead of giving up.

Source: OCPP 1.6, 3.7.1: each CALLERROR uses up one of a charger's attempts at a transaction
message, while a charger that is offline must queue without limit.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import psycopg2
from django.db import InterfaceError, OperationalError

logger = logging.getLogger(__name__)


class DatabaseAwayError(Exception):
    """Nothing can be stored now; the charger has to send it again."""


def is_trouble(error: BaseException) -> bool:
    """Tell whether an error is the database's (away, slow, locked) and not that of one message."""
    return isinstance(
        error,
        (
            OperationalError,
            InterfaceError,
            psycopg2.OperationalError,
            psycopg2.InterfaceError,
            DatabaseAwayError,
            TimeoutError,
        ),
    )


class DatabaseHealth:
    """Counts on the event loop's thread only. `on_down` is called once per outage.

    `patience_s`: writes may fail this long before sockets are closed.
    """

    def __init__(
        self,
        on_down: Callable[[], None],
        *,
        patience_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.on_down = on_down
        self.patience_s = patience_s
        self.clock = clock
        self.is_down = False
        self.failing_since: float | None = None

    def failed(self) -> None:
        """A write failed, or the probe did."""
        now = self.clock()
        if self.failing_since is None:
            self.failing_since = now
            logger.warning("the database takes no writes")
        elif now - self.failing_since >= self.patience_s and not self.is_down:
            self.is_down = True
            self.on_down()

    def succeeded(self) -> None:
        """A write was committed."""
        if self.failing_since is not None:
            logger.warning("the database takes writes again")
        self.failing_since = None
        self.is_down = False

    def probed(self) -> None:
        """The probe wrote its row: chargers may come back. It does not excuse writes that fail."""
        if self.is_down:
            self.succeeded()
