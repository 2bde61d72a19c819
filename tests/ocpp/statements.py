"""Counting what a piece of work costs in statements: each is a round trip to the database.

BEGIN, SET search_path and COMMIT come on top in a gateway (here the test's transaction is open).
"""

from collections.abc import Callable
from typing import TypeVar

from django.db import connection
from django.test.utils import CaptureQueriesContext

FRAME = ("SAVEPOINT", "RELEASE SAVEPOINT", "SET search_path")

R = TypeVar("R")


def counted(work: Callable[[], R]) -> tuple[int, R]:
    """Do the work; return how many statements it took and what it returned."""
    with CaptureQueriesContext(connection) as queries:
        result = work()
    statements = [query["sql"].lstrip() for query in queries.captured_queries]
    return len([text for text in statements if not text.startswith(FRAME)]), result
