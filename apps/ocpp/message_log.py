"""The slow lane's row of the message log, and the answer that is found in it again.

Two statements, written out: the ORM's share of a message would be larger than the database's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils import timezone

from apps.infrastructure.models import StationConnection
from apps.ocpp.frames import Call, storable
from apps.ocpp.lanes.batches import REPEATED_WITHIN
from apps.ocpp.models import MessageExchange
from apps.vocabulary import events

# Our own table names; values travel as parameters.
STORE = f"""
WITH touched AS (
    UPDATE {StationConnection._meta.db_table} SET last_message_at = %(now)s
    WHERE station_id = %(station)s
)
INSERT INTO {MessageExchange._meta.db_table}
    (station_id, connection_id, direction, message_id, action, request, requested_at, answer,
     answered_at, outcome, error_code, flags)
VALUES (%(station)s, %(connection)s, 'in', %(message_id)s, %(action)s, %(request)s, %(now)s,
        %(answer)s, %(answered)s, 'result', '', %(flags)s)
"""  # noqa: S608
FIND = f"""
SELECT answer FROM {MessageExchange._meta.db_table}
WHERE station_id = %(station)s AND requested_at > %(since)s AND message_id = %(message_id)s
    AND action = %(action)s AND request = %(request)s AND outcome = 'result'
ORDER BY id LIMIT 1
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Work:
    """A message to be stored by the slow lane; `text` is its frame as the log can hold it."""

    station_id: int
    connection_id: UUID
    call: Call
    text: str
    event: events.Event
    now: datetime
    may_be_repeated: bool = False


def store_exchange(work: Work, answer: str, flags: tuple[str, ...]) -> None:
    """Write the row with its answer, and the time of the station's last communication."""
    with connection.cursor() as cursor:
        cursor.execute(
            STORE,
            {
                "station": work.station_id,
                "connection": str(work.connection_id),
                "message_id": storable(work.call.message_id),
                "action": work.call.action,
                "request": work.text,
                "now": work.now,
                "answer": answer,
                "answered": timezone.now(),
                "flags": json.dumps(flags),
            },
        )


def find_answer(work: Work) -> str | None:
    """Return the answer that the same message got a short time ago, on any socket."""
    with connection.cursor() as cursor:
        cursor.execute(
            FIND,
            {
                "station": work.station_id,
                "since": work.now - REPEATED_WITHIN,
                "message_id": storable(work.call.message_id),
                "action": work.call.action,
                "request": work.text,
            },
        )
        row = cursor.fetchone()
    return None if row is None else str(row[0])
