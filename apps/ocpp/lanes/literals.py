"""Values and rows as text of SQL: many small statements go to the server as one, in one round trip.

Written out here, for psycopg2 adapts each value by itself: 130 values of one message with ten
samples took longer than all the rest of storing it. Quotes are doubled and nothing else, which is
right with `standard_conforming_strings = on` (PostgreSQL 15, 4.1.2.1); the writer sets it. NUL and
lone surrogates were replaced where the message was read (`frames.storable`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

NULL = "NULL"
Row = Sequence[str | None]


def literal(value: str | int | datetime | None) -> str:
    """Return the value as a literal of SQL."""
    if value is None:
        return NULL
    if isinstance(value, int):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


def insertion(schema: str, table: str, columns: Sequence[str], rows: Iterable[Row]) -> str:
    """Return the statement that inserts the rows but those that are there already.

    Every value is a text or None.
    """
    values = ",".join([row_literal(row) for row in rows])
    return (
        f'INSERT INTO "{schema}"."{table}" ({", ".join(columns)}) VALUES {values} '  # noqa: S608
        "ON CONFLICT DO NOTHING"
    )


def row_literal(row: Row) -> str:
    """Return the row in parentheses."""
    if None not in row:
        # Most rows have no gap and no quote: joined at once they take a third of the time.
        joined = "','".join(row)  # type: ignore[arg-type]
        if joined.count("'") == 2 * (len(row) - 1):
            return f"('{joined}')"
    return "(" + ",".join([literal(value) for value in row]) + ")"
