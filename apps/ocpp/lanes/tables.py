"""The tables that the fast lane appends to: columns, and what a unit writes as rows of text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from apps.charge_records.domain.signed_data import is_signed_value
from apps.charge_records.models import MeterSample
from apps.infrastructure.models import StatusChange
from apps.ocpp.lanes.literals import Row
from apps.ocpp.lanes.units import VALUE_LIMIT, Exchange, MeterValues
from apps.ocpp.models import MessageExchange
from apps.vocabulary.events import StatusReported

EXCHANGES = MessageExchange._meta.db_table
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
SAMPLES = MeterSample._meta.db_table
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
STATUSES = StatusChange._meta.db_table
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


def exchange_row(exchange: Exchange) -> Row:
    """Return the row of the message log."""
    return (
        str(exchange.station_id),
        str(exchange.connection_id),
        exchange.direction,
        exchange.message_id,
        exchange.action,
        exchange.request,
        str(exchange.requested_at),
        exchange.answer,
        None if exchange.answered_at is None else str(exchange.answered_at),
        exchange.outcome,
        exchange.error_code,
        json.dumps(exchange.flags) if exchange.flags else "[]",
    )


def sample_rows(message: MeterValues) -> Iterator[Row]:
    """Yield a row per sample; a value too large for its column stays as text only."""
    station, connector = str(message.station_id), str(message.connector)
    transaction = None if message.transaction_id is None else str(message.transaction_id)
    received_at = str(message.received_at)
    at: datetime | None = None
    for sample in message.samples:
        # Samples of one instant follow each other: its text is made once.
        if sample.at is not at:
            at = sample.at
            sampled_at = str(at)
        value = sample.value
        is_signed = is_signed_value(
            raw_value=sample.raw_value, form=sample.format, is_number=value is not None
        )
        yield (
            station,
            connector,
            transaction,
            sampled_at,
            received_at,
            sample.measurand,
            sample.phase or "",
            sample.context,
            sample.location,
            sample.unit,
            None if value is None or abs(value) >= VALUE_LIMIT else str(value),
            sample.raw_value,
            "t" if is_signed else "f",
        )


def status_row(station_id: int, event: StatusReported, received_at: datetime) -> Row:
    """Return the row of a status change; one without a time of its own has that of receipt."""
    return (
        str(station_id),
        str(event.connector),
        event.status,
        event.error_code,
        event.info,
        event.vendor_error_code,
        str(event.at or received_at),
        str(received_at),
    )
