"""Live events of the gateway, gathered so that a busy site costs browsers two fetches a second.

Topics and their ids: "messages" and "stations": stations, "activations": activations. Events of
commands are not held up: somebody waits for them in front of the page.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from django.db import transaction

from apps.core.live import MAX_IDS, Event, send
from apps.ocpp.lanes.health import is_trouble
from apps.ocpp.lanes.slow import Lane

logger = logging.getLogger(__name__)

GATHER_S = 0.5
AT_ONCE = frozenset({"commands"})
Key = tuple[str, str, int | None]


class Announcements:
    """Belongs to the event loop's thread; told by `lane`."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.loop = asyncio.get_running_loop()
        self.gathered: dict[Key, set[int]] = {}
        self.task: asyncio.Task[None] | None = None
        self.is_stopped = False

    def gather(self, event: Event) -> bool:
        """Take an event that a service published in any thread of this process."""
        if event["topic"] in AT_ONCE:
            return False
        values = event["schema"], event["topic"], event["location"], event["ids"]
        try:
            self.loop.call_soon_threadsafe(self.note, *values)
        except RuntimeError:  # the loop has ended
            return False
        return True

    def note(self, schema: str, topic: str, location_id: int | None, ids: Iterable[int]) -> None:
        """Remember that rows changed; browsers hear of it within GATHER_S."""
        if self.is_stopped:
            return
        self.gathered.setdefault((schema, topic, location_id), set()).update(ids)
        if self.task is None:
            self.task = asyncio.create_task(self.tell())

    async def tell(self) -> None:
        try:
            while self.gathered:
                await asyncio.sleep(GATHER_S)
                await self.tell_now()
        finally:
            self.task = None

    async def tell_now(self) -> None:
        """Send what is gathered; never raises."""
        gathered, self.gathered = self.gathered, {}
        try:
            await self.lane.run("public", send_all, events_of(gathered))
        except Exception as error:
            if not is_trouble(error):
                logger.exception("live events were lost")
                return
            # A live event may be lost; pages are right when they are fetched again.
            logger.info("live events were lost (%s)", type(error).__name__)

    async def stop(self) -> None:
        """Send what is gathered and take nothing more; call before the lane stops."""
        self.is_stopped = True
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
        if self.gathered:
            await self.tell_now()


def events_of(gathered: dict[Key, set[int]]) -> list[Event]:
    """Return one event per tenant, topic and location."""
    return [
        {"schema": schema, "topic": topic, "location": location_id, "ids": sorted(ids)[:MAX_IDS]}
        for (schema, topic, location_id), ids in gathered.items()
    ]


def send_all(events: Iterable[Event]) -> None:
    """Send the events, in one transaction where PostgreSQL carries them."""
    with transaction.atomic():
        for event in events:
            send(event)
