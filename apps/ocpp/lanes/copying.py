"""Rows as text for COPY FROM STDIN (PostgreSQL 15, COPY, "Text Format")."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any

from apps.ocpp.lanes.units import SIGNED, VALUE_LIMIT, Exchange, SampleRow
from apps.vocabulary.events import StatusReported

NULL = "\\N"
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}

EXCHANGE_COLUMNS = (
    "station_id",
    "connection_id",
    "direction",
    "message_id",
    "action",
    "request",
    "requested_at",
    "answer",
    "answered_at",
    "outcome",
    "error_code",
    "flags",
)
SAMPLE_COLUMNS = (
    "station_id",
    "connector_number",
    "transaction_id",
    "sampled_at",
    "received_at",
    "measurand",
    "phase",
    "context",
    "location",
    "unit",
    "value",
    "raw_value",
    "is_signed",
)
STATUS_COLUMNS = (
    "station_id",
    "connector_number",
    "status",
    "error_code",
    "info",
    "vendor_error_code",
    "reported_at",
    "received_at",
)


def copy_rows(cursor: Any, schema: str, table: str, columns: Sequence[str], lines: str) -> None:
    """Write the lines into a table of the schema. Raises psycopg2.Error."""
    names = ", ".join(columns)
    cursor.copy_expert(f'COPY "{schema}"."{table}" ({names}) FROM STDIN', StringIO(lines))


def exchange_lines(exchanges: Iterable[Exchange]) -> str:
    """Return the lines of the message log."""
    return "".join(
        _line(
            (
                str(row.station_id),
                str(row.connection_id),
                row.direction,
                row.message_id,
                row.action,
                row.request,
                str(row.requested_at),
                row.answer,
                None if row.answered_at is None else str(row.answered_at),
                row.outcome,
                row.error_code,
                json.dumps(row.flags) if row.flags else "[]",
            )
        )
        for row in exchanges
    )


def sample_lines(rows: Iterable[SampleRow]) -> str:
    """Return the lines of meter values; a value too large for its column stays as text only."""
    return "".join(_sample_line(row) for row in rows)


def _sample_line(row: SampleRow) -> str:
    sample = row.sample
    value = sample.value
    return _line(
        (
            str(row.station_id),
            str(row.connector),
            None if row.transaction_id is None else str(row.transaction_id),
            str(sample.at),
            str(row.received_at),
            sample.measurand,
            sample.phase or "",
            sample.context,
            sample.location,
            sample.unit,
            None if value is None or abs(value) >= VALUE_LIMIT else str(value),
            sample.raw_value,
            "t" if sample.format == SIGNED else "f",
        )
    )


def status_line(station_id: int, event: StatusReported, received_at: Any) -> str:
    """Return the line of a status change; one without a time of its own has that of receipt."""
    return _line(
        (
            str(station_id),
            str(event.connector),
            event.status,
            event.error_code,
            event.info,
            event.vendor_error_code,
            str(event.at or received_at),
            str(received_at),
        )
    )


def _line(values: Sequence[str | None]) -> str:
    texts = [NULL if value is None else value for value in values]
    # Most rows hold nothing special: one search over all of it is cheaper than one per field.
    if _SPECIAL.search("".join(value for value in values if value is not None)) is not None:
        texts = [NULL if value is None else escape(value) for value in values]
    return "\t".join(texts) + "\n"


def escape(text: str) -> str:
    """Return the text as one field of COPY's text format."""
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], text)
