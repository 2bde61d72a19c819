"""Rows as the pages show them, made directly, and a browser's log-in without a browser."""

import json
import uuid
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.charge_records.models import Activation, ChargeRecord, ChargingSession, DailyTotal
from apps.infrastructure.models import Station, StationConnection
from apps.ocpp.models import MessageExchange

HOSTILE = "<script>alert('x')</script>"
numbers = count(5_000)


def log_in(user: User) -> Client:
    """Return a client at the host of the current schema, logged in as the user."""
    client = Client(headers={"host": f"{connection.schema_name}.localhost"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def go_online(station: Station, *, at: datetime | None = None) -> None:
    at = at or timezone.now()
    StationConnection.objects.filter(station=station).update(
        is_online=True, connected_at=at, last_message_at=at, connection_id=uuid.uuid4()
    )


def make_session(station: Station, **fields: Any) -> ChargingSession:
    """Make a running session that began ten minutes ago."""
    start = fields.pop("started_at", timezone.now() - timedelta(minutes=10))
    values: dict[str, Any] = {
        "charge_point": station.charge_points.first(),
        "connector_number": 1,
        "transaction_id": next(numbers),
        "id_tag": "04A2B3C4D5E680",
        "state": "active",
        "authorization_status": "Accepted",
        "started_at": start,
        "start_received_at": start,
        "meter_start_wh": 1_000,
    }
    return ChargingSession.objects.create(station=station, **{**values, **fields})


def make_activation(station: Station, **fields: Any) -> Activation:
    values: dict[str, Any] = {
        "charge_point": station.charge_points.first(),
        "state": "authorized",
        "medium": "rfid",
        "id_tag": "04A2B3C4D5E680",
        "began_at": timezone.now() - timedelta(minutes=1),
        "authorized_at": timezone.now() - timedelta(minutes=1),
    }
    return Activation.objects.create(station=station, **{**values, **fields})


def make_record(station: Station, **fields: Any) -> ChargeRecord:
    """Make a successful record of 12.345 kWh over an hour of yesterday, with its session."""
    start = fields.pop("started_at", timezone.now() - timedelta(days=1))
    end = start + timedelta(hours=1)
    session = make_session(
        station,
        started_at=start,
        state="ended",
        ended_at=end,
        stop_received_at=end,
        meter_stop_wh=13_345,
        stop_reason="Local",
        **fields.pop("session_fields", {}),
    )
    values: dict[str, Any] = {
        "charge_point": session.charge_point,
        "started_at": start,
        "ended_at": end,
        "duration_s": 3_600,
        "energy_wh": 12_345,
        "medium": "rfid",
        "id_tag": session.id_tag,
        "bdr_main": "successful",
        "eka": "irrelevant",
        "configured_power_w": 22_000,
        "settled_at": end,
    }
    return ChargeRecord.objects.create(session=session, station=station, **{**values, **fields})


def make_total(station: Station, **fields: Any) -> DailyTotal:
    """Make today's total of the station's first charge point."""
    values: dict[str, Any] = {
        "charge_point": station.charge_points.first(),
        "day": timezone.localdate(),
        "sessions": 1,
        "energy_wh": 10_000,
    }
    return DailyTotal.objects.create(station=station, **{**values, **fields})


def make_exchange(
    station: Station, action: str = "Authorize", payload: Any = None, **fields: Any
) -> MessageExchange:
    """Make an answered request of the station, a minute ago."""
    at = fields.pop("requested_at", timezone.now() - timedelta(minutes=1))
    key = str(next(numbers))
    values: dict[str, Any] = {
        "connection_id": uuid.uuid4(),
        "direction": "in",
        "message_id": key,
        "action": action,
        "request": json.dumps([2, key, action, {} if payload is None else payload]),
        "requested_at": at,
        "answer": json.dumps([3, key, {"status": "Accepted"}]),
        "answered_at": at + timedelta(milliseconds=12),
        "outcome": "result",
    }
    return MessageExchange.objects.create(station=station, **{**values, **fields})
