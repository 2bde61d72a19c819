"""Old rows of large tables go by age, slice by slice, in the schema that the thread is in.

The tables are written in the order of time, so the primary key leads to the oldest rows: no index
of its own is kept for this, no row is read twice, and no lock is held longer than a slice takes.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

SLICE = 5_000

# Our own names; values travel as parameters.
OLDEST = """
SELECT max(id), max({at}) FROM (
    SELECT id, {at} FROM {table} WHERE id > %(after)s ORDER BY id LIMIT %(slice)s
) AS oldest
"""
DROP = """
DELETE FROM {table} AS x
WHERE x.id > %(after)s AND x.id <= %(last)s AND x.{at} < %(limit)s AND NOT ({kept})
"""


def drop_older(table: str, at: str, limit: datetime, *, kept: str) -> int:
    """Delete the rows of before `limit` but those that `kept` holds back; return how many went.

    `at`: the column of the time; `kept`: a condition on the row, which it calls `x`.
    """
    names = {"table": table, "at": at, "kept": kept}
    dropped, after = 0, 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(OLDEST.format(**names), {"after": after, "slice": SLICE})
            last, newest = cursor.fetchone()
            if last is None:
                return dropped
            bounds = {"after": after, "last": last, "limit": limit}
            cursor.execute(DROP.format(**names), bounds)
            dropped += cursor.rowcount
        if newest >= limit:
            return dropped
        after = last
