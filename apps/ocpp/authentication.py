"""Who dials? Checked before the WebSocket is accepted (OCPP 1.6 security white paper, A00.FR.203).

An unknown id and a wrong password look alike, in status, text and time.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apps.infrastructure.models import Station
from apps.infrastructure.services.passwords import FAST, hash_key, verify_key
from apps.ocpp.connection import StationFacts
from apps.ocpp.handshake import Credentials, charge_box_id_of, credentials_of
from apps.ocpp.lanes.health import is_trouble
from apps.ocpp.lanes.slow import Lane
from apps.ocpp.routes import RouteCache
from apps.ocpp.throttle import WINDOW_S, Throttle
from apps.tenants.context import run_in_schema
from apps.tenants.models import Tenant

logger = logging.getLogger(__name__)

PUBLIC = "public"
REFUSED_AFTER_S = 0.5
"""Every 401 leaves this long after the handshake began: longer than a slow hash takes."""
HASH_THREADS = 2
VERIFIED_MAX = 50_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """An HTTP answer instead of a socket."""

    status: HTTPStatus
    headers: tuple[tuple[bytes, bytes], ...] = ()


UNAUTHORIZED = Refusal(
    HTTPStatus.UNAUTHORIZED, ((b"www-authenticate", b'Basic realm="charging stations"'),)
)
TOO_MANY = Refusal(HTTPStatus.TOO_MANY_REQUESTS, ((b"retry-after", str(int(WINDOW_S)).encode()),))
UNAVAILABLE = Refusal(HTTPStatus.SERVICE_UNAVAILABLE, ((b"retry-after", b"30"),))


@dataclass(frozen=True, slots=True)
class Dialled:
    """The station behind an id, with the hash of its key."""

    facts: StationFacts
    password_hash: str


class Authenticator:
    """One per process. `admit` runs on the event loop, look-ups and slow hashes in threads."""

    def __init__(self, lane: Lane, routes: RouteCache) -> None:
        self.lane = lane
        self.routes = routes
        self.throttle = Throttle()
        self.hashing = ThreadPoolExecutor(HASH_THREADS, thread_name_prefix="hashing")
        self.secret = secrets.token_bytes(32)
        self.verified: dict[tuple[str, int], bytes] = {}
        self.nobody = hash_key(secrets.token_hex(20), generated=True)

    async def admit(self, scope: Mapping[str, Any]) -> StationFacts | Refusal:
        """Return the station that the handshake proves to come from, or how to refuse it."""
        began = time.monotonic()
        charge_box_id = charge_box_id_of(scope["path"], scope.get("query_string", b""))
        credentials = credentials_of(scope["headers"])
        key = (charge_box_id.upper(), address_of(scope))
        try:
            dialled = await self.lane.run(PUBLIC, look_up, self.routes, charge_box_id)
            verdict = await self.check(key, dialled, credentials)
        except Exception as error:
            if not is_trouble(error):
                raise
            logger.warning("handshake: the database is away (%s)", type(error).__name__)
            return UNAVAILABLE
        if isinstance(verdict, StationFacts):
            return verdict
        if verdict is UNAUTHORIZED:
            await asyncio.sleep(REFUSED_AFTER_S - (time.monotonic() - began))
        return verdict

    async def check(
        self, key: tuple[str, str], dialled: Dialled | None, credentials: Credentials | None
    ) -> StationFacts | Refusal:
        """Compare user and password; count what is wrong."""
        exceeded = self.throttle.is_exceeded(key)
        is_right = await self.is_right(key, dialled, credentials)
        if is_right and dialled is not None:
            self.throttle.succeeded(key)
            return dialled.facts
        if credentials is not None:
            self.throttle.failed(key)
        return TOO_MANY if exceeded else UNAUTHORIZED

    async def is_right(
        self, key: tuple[str, str], dialled: Dialled | None, credentials: Credentials | None
    ) -> bool:
        stored = self.nobody if dialled is None else dialled.password_hash
        password = credentials.password if credentials else b""
        user_fits = credentials is not None and credentials.user.strip().upper() == key[0]
        if stored.startswith(f"{FAST}$") or dialled is None:
            return verify_key(password, stored) and user_fits and dialled is not None
        if not self.throttle.may_check(key):
            return False
        owner = (dialled.facts.schema, dialled.facts.station_id)
        token = hmac.digest(self.secret, stored.encode() + b"\0" + password, hashlib.sha256)
        if hmac.compare_digest(self.verified.get(owner, b""), token):
            return user_fits
        loop = asyncio.get_running_loop()
        if not await loop.run_in_executor(self.hashing, verify_key, password, stored):
            return False
        if len(self.verified) >= VERIFIED_MAX:
            self.verified.clear()
        self.verified[owner] = token
        return user_fits

    def stop(self) -> None:
        self.hashing.shutdown(wait=False, cancel_futures=True)


def address_of(scope: Mapping[str, Any]) -> str:
    """Return the peer's address; behind a proxy the server fills it from the proxy's header."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def look_up(routes: RouteCache, charge_box_id: str) -> Dialled | None:
    """Return the station that an id leads to; None where there is none, or its tenant is suspended.

    A planned station may connect (it is being set up); its cards are refused (ACL-03).
    """
    route = routes.find(charge_box_id) if charge_box_id else None
    if route is None:
        return None
    if Tenant.objects.filter(schema_name=route.schema, is_suspended=True).exists():
        return None
    return run_in_schema(route.schema, lambda: read_station(route.schema, route.station_id))


def read_station(schema: str, station_id: int) -> Dialled | None:
    row = (
        Station.objects.filter(pk=station_id)
        .values_list(
            "charge_box_id", "location_id", "location__time_zone", "protocol", "password_hash"
        )
        .first()
    )
    if row is None:
        return None
    charge_box_id, location_id, zone, protocol, password_hash = row
    facts = StationFacts(schema, station_id, charge_box_id, location_id, zone_of(zone), protocol)
    return Dialled(facts, password_hash)


def zone_of(name: str) -> ZoneInfo:
    """Return the site's zone; UTC for a name that the system does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
