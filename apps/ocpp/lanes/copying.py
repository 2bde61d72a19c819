"""Rows as text for COPY FROM STDIN (PostgreSQL 15, COPY, "Text Format")."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any

from apps.ocpp.lanes.literals import Row

NULL = "\\N"
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def copy_rows(
    cursor: Any, schema: str, table: str, columns: Sequence[str], rows: Iterable[Row]
) -> None:
    """Write the rows into a table of the schema. Raises psycopg2.Error."""
    names = ", ".join(columns)
    lines = StringIO("".join([line(row) for row in rows]))
    cursor.copy_expert(f'COPY "{schema}"."{table}" ({names}) FROM STDIN', lines)


def line(row: Row) -> str:
    """Return the line of a row."""
    texts = [NULL if value is None else value for value in row]
    # Most rows hold nothing special: one search over all of it is cheaper than one per field.
    if _SPECIAL.search("".join([value for value in row if value is not None])) is not None:
        texts = [NULL if value is None else escape(value) for value in row]
    return "\t".join(texts) + "\n"


def escape(text: str) -> str:
    """Return the text as one field of COPY's text format."""
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], text)
