"""Changing tables beside running processes: wait shortly for a lock, then step back and try again.

Whoever waits for an exclusive lock makes everybody wait who comes after; so a migration that does
not get it at once must not stand in the queue.
"""

import logging
import time
from collections.abc import Callable

from django.db import OperationalError, connection
from psycopg2.errors import LockNotAvailable

logger = logging.getLogger(__name__)

LOCK_TIMEOUT_S = 3.0
PAUSE_S = 2.0
TRIES = 30


def with_patient_locks(
    work: Callable[[], None],
    *,
    lock_timeout_s: float = LOCK_TIMEOUT_S,
    pause_s: float = PAUSE_S,
    tries: int = TRIES,
) -> None:
    """Call `work` until it got all its locks; each one is waited for no longer than the time-out.

    What `work` did must be rolled back or skipped when it is called again. Raises OperationalError
    after the last try.
    """
    for attempt in range(1, tries + 1):
        connection.ensure_connection()
        connection.connection.patience_s = None  # filling a table may take long
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{lock_timeout_s}s"])
        try:
            return work()
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable) or attempt == tries:
                raise
            logger.warning("a table is in use, trying again (%d of %d)", attempt, tries)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")
        time.sleep(pause_s)
    raise AssertionError("unreachable")
