"""A question to the database that may take so long and no longer."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from django.db import OperationalError, connection, transaction

T = TypeVar("T")
QUERY_CANCELED = "57014"


class TookTooLong(Exception):
    """PostgreSQL needed longer than it was given."""


def within(limit: timedelta, ask: Callable[[], T]) -> T:
    """Return `ask()`. Raises TookTooLong once one of its statements takes longer than the limit.

    `ask` only reads: what it wrote would be undone.
    """
    milliseconds = max(limit // timedelta(milliseconds=1), 1)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(milliseconds)])
            answer = ask()
            # A transaction around this one goes on without the limit.
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
            return answer
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) == QUERY_CANCELED:
            raise TookTooLong from error
        raise
