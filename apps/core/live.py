"""Tell browsers that something changed: topic, location and ids, never contents.

Whoever listens fetches what it may see; so an event gives nothing away that a page would not show.
With Redis the channel layer carries events between processes, without it PostgreSQL's NOTIFY does.
"""

import asyncio
import hashlib
import json
import logging
import os
import threading
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings
from django.db import connection, transaction
from redis.exceptions import RedisError

from apps.core.schemas import current_schema

logger = logging.getLogger(__name__)

CHANNEL = "live"
SESSION_TOPIC = "session"
"""Of events for the sockets of one session; no page hears of it."""
MAX_IDS = 200
SEND_TIMEOUT_S = 5.0
SENDING_MAX = 100
Event = dict[str, Any]

gather: Callable[[Event], bool] | None = None
"""Set by a process with many events: takes one to send it later with others, else False."""


def group_name(schema_name: str, location_id: int | None) -> str:
    """Return the channel layer group of a tenant's location (None: things without a location)."""
    return f"live.{schema_name}.{location_id or 0}"


def session_group(session_key: str) -> str:
    """Return the group of the sockets that one session opened; its name gives no key away."""
    digest = hashlib.sha256(session_key.encode()).hexdigest()
    return f"live.session.{digest[:40]}"


def publish(topic: str, location_id: int | None, ids: Iterable[int]) -> None:
    """Announce that rows of `topic` at a location changed, once the open transaction commits."""
    event = {
        "schema": current_schema(),
        "location": location_id,
        "topic": topic,
        "ids": sorted(set(ids))[:MAX_IDS],
    }

    # Django logs the name of a robust function that fails: a partial has none.
    def announce() -> None:
        deliver(event)

    transaction.on_commit(announce, robust=True)


def tell_session(session_key: str) -> None:
    """Let the sockets of a session look again whether it still is one, on commit."""
    event = {"group": session_group(session_key), "topic": SESSION_TOPIC, "ids": []}

    def announce() -> None:
        send(event)

    transaction.on_commit(announce, robust=True)


def deliver(event: Event) -> None:
    """Send the event now, unless this process gathers it."""
    if gather is None or not gather(event):
        send(event)


def send(event: Event) -> None:
    """Send the event to every process that holds live sockets. Nobody waits for Redis: an event may
    be lost, pages are right when they are fetched again.
    """
    if settings.REDIS_URL:
        sender = sender_of(os.getpid())
        asyncio.run_coroutine_threadsafe(sender.send(event), sender.loop)
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, json.dumps(event)])


class Sender:
    """Sends for this process by a loop of its own: the channel layer keeps a connection per loop,
    and whoever publishes may run a loop itself.
    """

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.sending = 0
        self.lost = 0
        self.is_away = False
        threading.Thread(target=self.loop.run_forever, name="live-sender", daemon=True).start()

    async def send(self, event: Event) -> None:
        """Send or lose the event; while Redis is away most are lost at once."""
        if self.sending >= SENDING_MAX:
            self.lost += 1
            return
        self.sending += 1
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await fan_out(event)
        except (RedisError, OSError, TimeoutError) as error:
            self.lost += 1
            if not self.is_away:
                self.is_away = True
                logger.warning("live: Redis is away (%s), events are lost", type(error).__name__)
        else:
            if self.is_away:
                self.is_away = False
                logger.warning("live: Redis is back, %d events were lost", self.lost)
        finally:
            self.sending -= 1


@lru_cache(maxsize=1)
def sender_of(_pid: int) -> Sender:
    """Return the sender of this process; its thread does not survive a fork."""
    return Sender()


async def fan_out(event: Event) -> None:
    """Put the event into the group of its session, or else of its tenant and location."""
    layer = get_channel_layer()
    name = event.get("group") or group_name(event["schema"], event["location"])
    await layer.group_send(
        name, {"type": "live.event", "topic": event["topic"], "ids": event["ids"]}
    )
