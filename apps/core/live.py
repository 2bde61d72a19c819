"""Tell browsers that something changed: topic, location and ids, never contents.

Whoever listens fetches what it may see; so an event gives nothing away that a page would not show.
With Redis the channel layer carries events between processes, without it PostgreSQL's NOTIFY does.
"""

import json
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import connection, transaction

from apps.core.schemas import current_schema

CHANNEL = "live"
MAX_IDS = 200
Event = dict[str, Any]

gather: Callable[[Event], bool] | None = None
"""Set by a process with many events: takes one to send it later with others, else False."""


def group_name(schema_name: str, location_id: int | None) -> str:
    """Return the channel layer group of a tenant's location (None: things without a location)."""
    return f"live.{schema_name}.{location_id or 0}"


def publish(topic: str, location_id: int | None, ids: Iterable[int]) -> None:
    """Announce that rows of `topic` at a location changed, once the open transaction commits."""
    event = {
        "schema": current_schema(),
        "location": location_id,
        "topic": topic,
        "ids": sorted(set(ids))[:MAX_IDS],
    }
    transaction.on_commit(partial(deliver, event), robust=True)


def deliver(event: Event) -> None:
    """Send the event now, unless this process gathers it."""
    if gather is None or not gather(event):
        send(event)


def send(event: Event) -> None:
    """Send the event to every process that holds live sockets."""
    if settings.REDIS_URL:
        async_to_sync(fan_out)(event)
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, json.dumps(event)])


async def fan_out(event: Event) -> None:
    """Put the event into the group of its tenant and location."""
    layer = get_channel_layer()
    name = group_name(event["schema"], event["location"])
    await layer.group_send(
        name, {"type": "live.event", "topic": event["topic"], "ids": event["ids"]}
    )
