"""Live events of the gateway, gathered so that a busy site costs browsers two fetches a second.

Topics and their ids: "messages" and "stations": stations, "activations": activations. Commands are
announced by the service that records them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from django.db import transaction

from apps.core.live import publish
from apps.ocpp.lanes.health import is_trouble
from apps.ocpp.lanes.slow import Lane
from apps.tenants.context import run_in_schema

logger = logging.getLogger(__name__)

GATHER_S = 0.5
Key = tuple[str, str, int]


class Announcements:
    """Belongs to the event loop's thread; told by `lane`."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.gathered: dict[Key, set[int]] = {}
        self.task: asyncio.Task[None] | None = None

    def note(self, schema: str, topic: str, location_id: int, ids: Iterable[int]) -> None:
        """Remember that rows changed; browsers hear of it within GATHER_S."""
        self.gathered.setdefault((schema, topic, location_id), set()).update(ids)
        if self.task is None:
            self.task = asyncio.create_task(self.tell())

    async def tell(self) -> None:
        try:
            while self.gathered:
                await asyncio.sleep(GATHER_S)
                gathered, self.gathered = self.gathered, {}
                await self.lane.run("public", tell_all, gathered)
        except Exception as error:
            if not is_trouble(error):
                raise
            # A live event may be lost; pages are right when they are fetched again.
            logger.warning("live events were lost (%s)", type(error).__name__)
        finally:
            self.task = None


def tell_all(gathered: dict[Key, set[int]]) -> None:
    """Publish everything that was gathered."""
    with transaction.atomic():
        for (schema, topic, location_id), ids in gathered.items():
            run_in_schema(schema, publish, topic, location_id, ids)
