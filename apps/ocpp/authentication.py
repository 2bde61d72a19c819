"""Who dials? Checked before the WebSocket is accepted (OCPP 1.6 security white paper, A00.FR.203).

An unknown id, a wrong password, another security profile and a certificate that does not fit look
alike, in status, text and time; the station's page tells them apart.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.utils import timezone

from apps.accounts.models import Location
from apps.core import rows
from apps.infrastructure.choices import SecurityProfile
from apps.infrastructure.domain.security import OwnEvent, PasswordChange
from apps.infrastructure.models import Station
from apps.infrastructure.selectors.certificates import certificate_fault
from apps.infrastructure.services.password_outcomes import confirm_password
from apps.infrastructure.services.passwords import FAST, hash_key, verify_key
from apps.ocpp.connection import StationFacts
from apps.ocpp.cooling import PAUSE_S, Cooling
from apps.ocpp.handshake import Credentials, charge_box_id_of, credentials_of
from apps.ocpp.lanes.health import is_trouble
from apps.ocpp.lanes.slow import Lane, unhurried
from apps.ocpp.refusals import NOBODY, Refusals
from apps.ocpp.routes import Route, RouteCache
from apps.ocpp.throttle import WINDOW_S, Throttle
from apps.ocpp.transport import Transport, networks_of, transport_of
from apps.tenants.context import run_in_schema
from apps.tenants.models import Tenant

logger = logging.getLogger(__name__)

PUBLIC = "public"
REFUSED_AFTER_S = 0.5
"""Every 401 leaves this long after the handshake began: longer than a slow hash takes."""
LOOK_UPS_AT_ONCE = 2
"""Handshakes that are looked up at a time; as many claims are, in the same two threads."""
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
FAST_MARK = f"{FAST}$"
NO_FACTS = StationFacts(PUBLIC, 0, "", 0, UTC, "")
# Tenant and station in one round trip, without entering the schema.
STATION = """
SELECT t.name, s.serial_number, s.charge_box_id, s.location_id, l.time_zone, s.protocol,
    s.reported_vendor, s.password_hash, s.next_password_hash, s.password_change, s.security_profile
FROM "{schema}"."{station}" s
JOIN "{schema}"."{location}" l ON l.id = s.location_id
JOIN public."{tenant}" t ON t.schema_name = %(schema)s AND NOT t.is_suspended
WHERE s.id = %(station)s
"""
TABLES = {
    "station": Station._meta.db_table,
    "location": Location._meta.db_table,
    "tenant": Tenant._meta.db_table,
}


@dataclass(frozen=True, slots=True)
class Dialled:
    """The station behind an id, with the hashes of its passwords and how it must dial in.

    `next_hash`: a new password on its way to the station, "" without one.
    `certificate_fault`: profile 3 only, why its client certificate proves nothing; "" if it does.
    """

    facts: StationFacts
    password_hash: str
    next_hash: str = ""
    is_next_awaited: bool = False
    profile: int = SecurityProfile.ANY
    certificate_fault: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a station that is known is refused."""

    event: OwnEvent
    detail: str = ""


WRONG = Fault(OwnEvent.WRONG_CREDENTIALS)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One handshake: who it claims to be, by what it would prove that, and how it came."""

    charge_box_id: str
    credentials: Credentials | None
    transport: Transport

    @property
    def key(self) -> tuple[str, str]:
        """Return what failures are counted by."""
        return self.charge_box_id.upper(), self.transport.address


class Authenticator:
    """One per process. `admit` runs on the event loop, look-ups and slow hashes in threads."""

    def __init__(self, lane: Lane, routes: RouteCache) -> None:
        self.lane = lane
        self.routes = routes
        self.trusted = networks_of(settings.OCPP_TRUSTED_PROXIES)
        self.throttle = Throttle()
        self.door = asyncio.Semaphore(LOOK_UPS_AT_ONCE)
        self.cooling = Cooling()
        self.refusals = Refusals(lane)
        self.hashing = ThreadPoolExecutor(HASH_THREADS, thread_name_prefix="hashing")
        self.secret = secrets.token_bytes(32)
        self.verified: dict[tuple[str, int], bytes] = {}
        self.nobody = Dialled(NO_FACTS, hash_key(secrets.token_hex(20), generated=True))

    async def admit(
        self, scope: Mapping[str, Any], is_gone: Callable[[], bool]
    ) -> StationFacts | Refusal:
        """Return the station that the handshake proves to come from, or how to refuse it.

        `is_gone`: has the peer given up while it waited for its turn? Then nothing is looked up.
        """
        began = time.monotonic()
        attempt = Attempt(
            charge_box_id_of(scope["path"], scope.get("query_string", b"")),
            credentials_of(scope["headers"]),
            transport_of(scope, self.trusted),
        )
        if pause_s := self.cooling.pause_left_s(attempt.charge_box_id):
            return come_later(pause_s)
        try:
            # In a storm they wait here, where the lane's time-out does not count yet.
            async with self.door:
                if is_gone():
                    return UNAVAILABLE
                dialled = await self.lane.run(
                    PUBLIC,
                    unhurried,
                    look_up,
                    self.routes,
                    attempt.charge_box_id,
                    attempt.transport.certificate,
                )
            verdict = await self.check(attempt, dialled)
        except Exception as error:
            if not is_trouble(error):
                raise
            logger.warning("handshake: the database is away (%s)", type(error).__name__)
            return UNAVAILABLE
        if verdict is UNAUTHORIZED:
            await asyncio.sleep(REFUSED_AFTER_S - (time.monotonic() - began))
        return verdict

    async def check(self, attempt: Attempt, dialled: Dialled | None) -> StationFacts | Refusal:
        """Compare user, password and profile; count what is wrong."""
        exceeded = self.throttle.is_exceeded(attempt.key)
        fault = await self.fault_of(attempt, dialled)
        if fault is None and dialled is not None:
            return self.let_in(attempt, dialled)
        self.note(attempt, dialled, fault or WRONG)
        return TOO_MANY if exceeded else UNAUTHORIZED

    async def fault_of(self, attempt: Attempt, dialled: Dialled | None) -> Fault | None:
        """Return why the station is refused; None where it proved itself as it must."""
        if dialled is not None and dialled.profile == SecurityProfile.TLS_CERTIFICATE:
            return profile_fault(dialled, attempt.transport)
        if await self.is_right(attempt, dialled or self.nobody) and dialled is not None:
            self.throttle.succeeded(attempt.key)
            return profile_fault(dialled, attempt.transport)
        if attempt.credentials is not None:
            self.throttle.failed(attempt.key)
        return WRONG

    def let_in(self, attempt: Attempt, dialled: Dialled) -> StationFacts | Refusal:
        """Count the connect of a station that proved itself; too many of them are refused."""
        if self.cooling.may_connect(attempt.charge_box_id):
            return dialled.facts
        self.note(attempt, dialled, Fault(OwnEvent.FLAPPING))
        return come_later(PAUSE_S)

    def note(self, attempt: Attempt, dialled: Dialled | None, fault: Fault) -> None:
        owner = NOBODY if dialled is None else owner_of(dialled)
        self.refusals.note(owner, fault.event, attempt.transport.address, fault.detail)

    async def is_right(self, attempt: Attempt, dialled: Dialled) -> bool:
        """Say whether user name and password are the station's; also by its next password."""
        password = attempt.credentials.password if attempt.credentials else b""
        user = attempt.credentials.user.strip().upper() if attempt.credentials else ""
        is_slow = not (is_fast(dialled.password_hash) and is_fast(dialled.next_hash or FAST_MARK))
        if is_slow and not self.throttle.may_check(attempt.key):
            return False
        if await self.fits(password, dialled.password_hash, dialled):
            return user == attempt.key[0]
        if not dialled.next_hash or not await self.fits(password, dialled.next_hash, dialled):
            return False
        if user == attempt.key[0] and dialled.is_next_awaited:
            schema, station_id = owner_of(dialled)
            await self.lane.run(
                schema, confirm_password, station_id, dialled.next_hash, now=timezone.now()
            )
        return user == attempt.key[0]

    async def fits(self, password: bytes, stored: str, dialled: Dialled) -> bool:
        """Compare with one hash; a slow one is computed once, then remembered by a keyed digest."""
        if is_fast(stored):
            return verify_key(password, stored)
        owner = owner_of(dialled)
        token = hmac.digest(self.secret, stored.encode() + b"\0" + password, hashlib.sha256)
        if hmac.compare_digest(self.verified.get(owner, b""), token):
            return True
        loop = asyncio.get_running_loop()
        if not await loop.run_in_executor(self.hashing, verify_key, password, stored):
            return False
        if len(self.verified) >= VERIFIED_MAX:
            self.verified.clear()
        self.verified[owner] = token
        return True

    def stop(self) -> None:
        self.refusals.stop()
        self.hashing.shutdown(wait=False, cancel_futures=True)


def profile_fault(dialled: Dialled, transport: Transport) -> Fault | None:
    """Return why the way of dialling in is not the configured one; None if it is.

    Source: OCPP 1.6 security white paper, edition 3, A00.FR.002 to A00.FR.004 and A00.FR.312.
    """
    profile = dialled.profile
    if transport.is_weak:
        return Fault(OwnEvent.WEAK_TLS, f"{transport.version} {transport.cipher}".strip())
    if profile != SecurityProfile.ANY and transport.is_tls != (profile > SecurityProfile.BASIC):
        how = "with TLS" if transport.is_tls else "without TLS"
        return Fault(OwnEvent.PROFILE_MISMATCH, f"{how}, profile {profile}")
    if profile == SecurityProfile.TLS_CERTIFICATE and dialled.certificate_fault:
        return Fault(OwnEvent.CERTIFICATE_REFUSED, dialled.certificate_fault)
    return None


def is_fast(stored: str) -> bool:
    return stored.startswith(FAST_MARK)


def owner_of(dialled: Dialled) -> tuple[str, int]:
    return dialled.facts.schema, dialled.facts.station_id


def come_later(seconds: float) -> Refusal:
    """Return the refusal of a station that is paused."""
    wait = str(max(1, round(seconds))).encode()
    return Refusal(HTTPStatus.TOO_MANY_REQUESTS, ((b"retry-after", wait),))


def look_up(routes: RouteCache, charge_box_id: str, certificate: bytes) -> Dialled | None:
    """Return the station that an id leads to; None where there is none, or its tenant is suspended.

    A planned station may connect (it is being set up); its cards are refused (ACL-03).
    """
    route = routes.find(charge_box_id) if charge_box_id else None
    if route is None:
        return None
    statement = STATION.format(schema=route.schema, **TABLES)
    found = rows.read(statement, {"schema": route.schema, "station": route.station_id})
    return as_dialled(route, found[0], certificate) if found else None


def as_dialled(route: Route, row: tuple[Any, ...], certificate: bytes) -> Dialled:
    """Return what a row of STATION tells; a certificate is judged where one is asked for."""
    operator, serial, name, location_id, zone, protocol, vendor = row[:7]
    password, next_password, change, profile = row[7:]
    fault = ""
    if profile == SecurityProfile.TLS_CERTIFICATE:
        names, now = (serial, name), timezone.now()
        fault = run_in_schema(
            route.schema,
            certificate_fault,
            certificate,
            names,
            operator,
            station_id=route.station_id,
            now=now,
        )
    return Dialled(
        StationFacts(
            route.schema, route.station_id, name, location_id, zone_of(zone), protocol, vendor
        ),
        password,
        next_password,
        change == PasswordChange.UNCONFIRMED,
        profile,
        fault,
    )


def zone_of(name: str) -> ZoneInfo:
    """Return the site's zone; UTC for a name that the system does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
