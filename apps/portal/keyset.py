"""Paging by key for lists that grow: newest first, no COUNT, page 1,000 as quick as page 1."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils.dateparse import parse_datetime

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class KeysetPage:
    """`rows` newest first; `older`, `newest`: cursors for the next page and for newer rows."""

    rows: list[Any]
    older: str | None
    newest: str | None
    is_first: bool

    @property
    def is_empty(self) -> bool:
        return not self.rows


def encode(row: Model, field: str) -> str:
    """Return the cursor of a row: time and key."""
    return f"{getattr(row, field).isoformat()}_{row.pk}"


def decode(cursor: str) -> tuple[datetime, int] | None:
    """Return time and key, or None for a cursor that we did not write."""
    text, _, key = cursor.rpartition("_")
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    if moment is None or moment.tzinfo is None or not key.isascii() or not key.isdigit():
        return None
    return (moment, int(key)) if len(key) < 19 else None


def keyset_page(
    queryset: QuerySet[Any], field: str, *, before: str = "", size: int = PAGE_SIZE
) -> KeysetPage:
    """Return the page of rows older than the cursor `before` ("": the newest rows)."""
    cursor = decode(before)
    if cursor is not None:
        queryset = queryset.filter(older_than(field, *cursor))
    rows = list(queryset.order_by(f"-{field}", "-pk")[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    return KeysetPage(
        rows=rows,
        older=encode(rows[-1], field) if more else None,
        newest=encode(rows[0], field) if rows else None,
        is_first=cursor is None,
    )


def newer_rows(
    queryset: QuerySet[Any], field: str, *, after: str, size: int = PAGE_SIZE
) -> list[Any]:
    """Return rows newer than the cursor, newest first; of more than `size` the oldest."""
    cursor = decode(after)
    if cursor is None:
        return []
    newer = queryset.filter(newer_than(field, *cursor)).order_by(field, "pk")[:size]
    return list(reversed(newer))


def older_than(field: str, moment: datetime, key: int) -> Q:
    # The first condition lets the index on (field, id) bound the scan.
    return Q(**{f"{field}__lte": moment}) & (
        Q(**{f"{field}__lt": moment}) | Q(**{field: moment, "pk__lt": key})
    )


def newer_than(field: str, moment: datetime, key: int) -> Q:
    return Q(**{f"{field}__gte": moment}) & (
        Q(**{f"{field}__gt": moment}) | Q(**{field: moment, "pk__gt": key})
    )
