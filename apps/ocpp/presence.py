"""Which gateway holds a station's socket. The newest socket wins; rows of dead gateways go offline.

Every function that changes a presence row locks it before it computes the charge points' status.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from apps.charge_records.domain.statuses import OPEN_SESSION_STATES
from apps.charge_records.models import ChargingSession
from apps.core import rows
from apps.core.bell import notify
from apps.core.live import publish
from apps.core.schemas import current_schema
from apps.infrastructure.models import Connector, Station, StationConnection
from apps.infrastructure.services.statuses import refresh_status
from apps.tenants.models import GatewayProcess

CHANNEL = "station_connected"
DEAD_AFTER = timedelta(seconds=30)
SETTLED_AFTER = timedelta(seconds=30)

CLAIM = f"""
INSERT INTO {StationConnection._meta.db_table} AS k
    (station_id, is_online, epoch, connection_id, gateway_id, subprotocol, remote_address,
     connected_at, last_message_at)
VALUES (%(station)s, true, 1, %(connection)s, %(gateway)s, %(subprotocol)s, %(address)s, %(now)s,
        %(now)s)
ON CONFLICT (station_id) DO UPDATE SET
    is_online = true, epoch = k.epoch + 1, connection_id = EXCLUDED.connection_id,
    gateway_id = EXCLUDED.gateway_id, subprotocol = EXCLUDED.subprotocol,
    remote_address = EXCLUDED.remote_address, connected_at = EXCLUDED.connected_at,
    last_message_at = EXCLUDED.last_message_at
RETURNING epoch
"""  # noqa: S608 our own table name

# What the messages of a new socket are read with.
KNOWN = f"""
SELECT s.last_boot_at IS NULL,
    ARRAY(SELECT c.number FROM {Connector._meta.db_table} c WHERE c.station_id = s.id),
    EXISTS (
        SELECT FROM {Connector._meta.db_table} c WHERE c.station_id = s.id AND c.status = ''
    ),
    ARRAY(
        SELECT ARRAY[o.connector_number, o.transaction_id]
        FROM {ChargingSession._meta.db_table} o
        WHERE o.station_id = s.id AND o.state = ANY(%(open)s) ORDER BY o.id
    )
FROM {Station._meta.db_table} s WHERE s.id = %(station)s
"""  # noqa: S608

RELEASE = f"""
UPDATE {StationConnection._meta.db_table} SET is_online = false, disconnected_at = %(now)s
WHERE station_id = %(station)s AND connection_id = %(connection)s AND is_online
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Claim:
    """What a new socket of a station wants to be known as."""

    station_id: int
    connection_id: UUID
    gateway_id: str
    subprotocol: str
    address: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """The epoch of the new socket, and what its messages will be read with."""

    epoch: int
    connectors: frozenset[int]
    open_transactions: dict[int, int]
    is_unknown: bool
    lacks_statuses: bool


def claim(wanted: Claim, *, now: datetime) -> Claimed:
    """Make the socket the station's own: older ones are closed by whoever holds them."""
    station_id = wanted.station_id
    values = {
        "station": station_id,
        "connection": str(wanted.connection_id),
        "gateway": wanted.gateway_id,
        "subprotocol": wanted.subprotocol[:40],
        "address": wanted.address[:64],
        "now": now,
        "open": list(OPEN_SESSION_STATES),
    }
    with transaction.atomic():
        epoch = rows.read(CLAIM, values)[0][0]
        notify(CHANNEL, f"{current_schema()}:{station_id}:{epoch}:{wanted.connection_id}")
        show(station_id, now=now)
        is_unknown, connectors, lacks_statuses, running = rows.read(KNOWN, values)[0]
    return Claimed(epoch, frozenset(connectors), dict(running), is_unknown, lacks_statuses)


def release(station_id: int, connection_id: UUID, *, now: datetime) -> bool:
    """Mark the station offline if this socket is still the one it has; say whether it was."""
    values = {"station": station_id, "connection": str(connection_id), "now": now}
    with transaction.atomic():
        is_ours = bool(rows.write(RELEASE, values))
        if is_ours:
            show(station_id, now=now)
    return is_ours


def release_lost(gateway_id: str, held: Collection[UUID], *, now: datetime) -> int:
    """Release sockets that the gateway no longer holds, but whose end it could not store then.

    `held` was noted before the call: sockets claimed since are left alone. Returns how many.
    """
    lost = StationConnection.objects.filter(
        is_online=True, gateway_id=gateway_id, connected_at__lt=now - SETTLED_AFTER
    ).exclude(connection_id__in=held)
    return sum(
        release(station_id, connection_id, now=now)
        for station_id, connection_id in lost.values_list("station_id", "connection_id")
        if connection_id is not None
    )


def reclaim(sockets: Iterable[tuple[int, UUID]], *, now: datetime) -> None:
    """Mark stations online again whose rows a sweeper took for a dead gateway's."""
    for station_id, connection_id in sockets:
        with transaction.atomic():
            if StationConnection.objects.filter(
                station_id=station_id, connection_id=connection_id, is_online=False
            ).update(is_online=True):
                show(station_id, now=now)


def show(station_id: int, *, now: datetime) -> None:
    """Bring the charge points of a station that came or went up to date, and the pages."""
    publish("stations", refresh_status(station_id, now=now), [station_id])


def sweep_stations(*, now: datetime) -> int:
    """Mark stations offline whose gateway shows no sign of life; return how many."""
    alive = GatewayProcess.objects.filter(beat_at__gte=Now() - DEAD_AFTER)
    swept = 0
    for station_id in (
        StationConnection.objects.filter(is_online=True)
        .exclude(gateway_id__in=alive.values("gateway_id"))
        .values_list("station_id", flat=True)
    ):
        with transaction.atomic():
            # In one statement, so that a station that came back meanwhile stays online.
            if (
                StationConnection.objects.filter(station_id=station_id, is_online=True)
                .exclude(gateway_id__in=alive.values("gateway_id"))
                .update(is_online=False, disconnected_at=now)
            ):
                show(station_id, now=now)
                swept += 1
    return swept


def forget_dead_gateways() -> int:
    """Remove the rows of gateways without a sign of life; return how many."""
    return GatewayProcess.objects.filter(beat_at__lt=Now() - DEAD_AFTER).delete()[0]
