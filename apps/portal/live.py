"""`/ws/live/`: one socket per page that shows what changes; it gets topics and ids, no contents.

Host, session, user and locations are looked up in one synchronous hop in a thread, schema and
query together; no tenant is ever left in a thread. The look-up is repeated each minute.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from channels.layers import get_channel_layer
from django.conf import settings
from django.contrib.auth import get_user
from django.db import DatabaseError, close_old_connections, connection
from django.http import HttpRequest
from django_tenants.utils import remove_www

from apps.core.bell import LOST, bell
from apps.core.live import CHANNEL, SESSION_TOPIC, fan_out, group_name, session_group
from apps.core.pulse import AWAY, is_away, until_away
from apps.core.schemas import run_in_schema
from apps.portal.login import is_held_back
from apps.tenants.choices import TenantKind
from apps.tenants.models import Host, Tenant

logger = logging.getLogger(__name__)

LIVE_PATH = "/ws/live/"
REFRESH_S = 60.0
LOGGED_OUT = 4401
"""Close code that tells the page to log in again."""
TRY_AGAIN_LATER = 1013
"""Close code of RFC 6455's registry."""

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="live")


@dataclass(frozen=True, slots=True)
class Visitor:
    """What the handshake says of the browser: lower-case host without port, origin, session key."""

    host: str
    origin_host: str
    session_key: str


def visitor_of(scope: dict[str, Any]) -> Visitor:
    """Return who knocks. `origin_host` is empty when the Origin is missing or another site's."""
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    host = headers.get(b"host", "").lower()
    origin = urlsplit(headers.get(b"origin", "").lower())
    cookies: SimpleCookie = SimpleCookie()
    try:
        cookies.load(headers.get(b"cookie", ""))
    except CookieError:
        cookies.clear()
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    same = origin.scheme in {"http", "https"} and origin.netloc == host
    return Visitor(host.rsplit(":", 1)[0], host if same else "", morsel.value if morsel else "")


def groups_for(visitor: Visitor) -> frozenset[str]:
    """Return the groups of the channel layer that the visitor may hear; none: refused."""
    close_old_connections()
    try:
        return run_in_schema("public", find_groups, visitor)
    finally:
        connection.close()


def find_groups(visitor: Visitor) -> frozenset[str]:
    if not visitor.origin_host or not visitor.session_key:
        return frozenset()
    host = (
        Host.objects.proven()
        .select_related("tenant")
        .filter(domain=remove_www(visitor.host), tenant__kind=TenantKind.CUSTOMER)
        .exclude(tenant__is_suspended=True)
        .first()
    )
    if host is None:
        return frozenset()
    schema_name = host.tenant.schema_name
    locations = run_in_schema(schema_name, locations_of_session, visitor.session_key, host.tenant)
    if locations is None:
        return frozenset()
    return frozenset(group_name(schema_name, location) for location in [*locations, None])


def locations_of_session(session_key: str, tenant: Tenant) -> list[int] | None:
    """Return the ids of the locations that the session's user sees.

    None without an active user, and for one who must still show a second factor.
    """
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)
    if not user.is_active or is_held_back(tenant, request.session):
        return None
    return user.seen_location_ids()


class LiveSocket:
    """One browser: joins its groups, passes events on, looks again whether it still may.

    `find(visitor)` names the groups; it is called in a thread, at first and each `refresh_s`.
    """

    def __init__(
        self,
        scope: dict[str, Any],
        receive: Receive,
        send: Send,
        *,
        find: Callable[[Visitor], frozenset[str]] = groups_for,
        refresh_s: float = REFRESH_S,
    ) -> None:
        self.find = find
        self.refresh_s = refresh_s
        self.visitor = visitor_of(scope)
        self.own = frozenset({session_group(self.visitor.session_key)})
        self.receive = receive
        self.send = send
        self.layer = get_channel_layer()
        self.channel = ""
        self.groups: frozenset[str] = frozenset()

    async def run(self) -> None:
        """Serve the socket until it is closed by either side."""
        if (await self.receive())["type"] != "websocket.connect":
            return
        groups = await self.look_up()
        if not groups:
            await self.send({"type": "websocket.close", "code": LOGGED_OUT})
            return
        if is_away():
            await self.send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
            return
        try:
            self.channel = await self.layer.new_channel()
            await self.join(groups | self.own)
            await self.send({"type": "websocket.accept"})
            await self.first_of(
                self.until_closed(), self.pass_on(), self.stay_allowed(), self.until_deaf()
            )
        except AWAY as error:
            # The page says so, and tries again.
            logger.info("live: Redis is away (%s)", type(error).__name__)
            await self.send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
        finally:
            with contextlib.suppress(*AWAY):
                await self.join(frozenset())

    async def look_up(self) -> frozenset[str]:
        return await asyncio.get_running_loop().run_in_executor(threads, self.find, self.visitor)

    async def join(self, groups: frozenset[str]) -> None:
        """Leave the groups that are no longer wanted, enter (or renew) the others."""
        for group in self.groups - groups:
            await self.layer.group_discard(group, self.channel)
        for group in groups:
            await self.layer.group_add(group, self.channel)
        self.groups = groups

    async def first_of(self, *works: Awaitable[None]) -> None:
        tasks = [asyncio.ensure_future(work) for work in works]
        try:
            done, _waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def until_closed(self) -> None:
        while (await self.receive())["type"] != "websocket.disconnect":
            continue  # a browser has nothing to say

    async def pass_on(self) -> None:
        while True:
            event = await self.layer.receive(self.channel)
            if event["topic"] == SESSION_TOPIC:
                if not await self.is_still_allowed():
                    return
                continue
            text = json.dumps({"topic": event["topic"], "ids": event["ids"]})
            await self.send({"type": "websocket.send", "text": text})

    async def until_deaf(self) -> None:
        """Close the socket when events cannot come any more: the page must not look live."""
        await until_away()
        await self.send({"type": "websocket.close", "code": TRY_AGAIN_LATER})

    async def stay_allowed(self) -> None:
        while True:
            await asyncio.sleep(self.refresh_s)
            if not await self.is_still_allowed():
                return

    async def is_still_allowed(self) -> bool:
        """Look again what the visitor may hear; close the socket when that is nothing any more."""
        try:
            groups = await self.look_up()
        except DatabaseError as error:
            logger.warning("live: PostgreSQL away (%s), looking again", type(error).__name__)
            return True
        if not groups:
            await self.send({"type": "websocket.close", "code": LOGGED_OUT})
            return False
        await self.join(groups | self.own)
        return True


class Relay:
    """Without Redis, PostgreSQL's bell brings events of other processes into this event loop."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        bell.subscribe(CHANNEL, self.ring)

    def start(self) -> None:
        """Take the running loop and listen; safe to call for every socket."""
        if not settings.REDIS_URL:
            self.loop = asyncio.get_running_loop()
            bell.start()

    def ring(self, payload: str) -> None:
        """Called in the bell's thread with an event of `apps.core.live` as JSON."""
        if payload == LOST or self.loop is None or self.loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(fan_out(json.loads(payload)), self.loop)


relay = Relay()


async def live_socket(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """ASGI application of `/ws/live/`."""
    relay.start()
    await LiveSocket(scope, receive, send).run()
