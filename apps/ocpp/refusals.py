"""Refused handshakes, gathered for a second each: one line in the log, one row on the station's
page, however often somebody tries.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from apps.infrastructure.domain.security import OwnEvent
from apps.infrastructure.services.security_events import Refused, record_refusals
from apps.ocpp.lanes.health import is_trouble
from apps.ocpp.lanes.slow import Lane

logger = logging.getLogger(__name__)

WRITE_AFTER_S = 1.0
# Refusals that wait to be written; beyond that only the log's counter tells.
WAITING_MAX = 1000
NOBODY = ("", 0)


@dataclass(frozen=True, slots=True)
class Kind:
    """What is told as one: the station (NOBODY: an id that no station has), why, from where."""

    owner: tuple[str, int]
    event: OwnEvent
    address: str
    detail: str


class Refusals:
    """Belongs to the event loop's thread; writes by the lane."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.waiting: dict[Kind, int] = {}
        self.left_out = 0
        self.task: asyncio.Task[None] | None = None

    def note(self, owner: tuple[str, int], event: OwnEvent, address: str, detail: str = "") -> None:
        """Keep that a station was refused; returns at once."""
        kind = Kind(owner, event, address, detail)
        if kind not in self.waiting and len(self.waiting) >= WAITING_MAX:
            self.left_out += 1
        else:
            self.waiting[kind] = self.waiting.get(kind, 0) + 1
        if self.task is None:
            self.task = asyncio.create_task(self.write_soon())

    async def write_soon(self) -> None:
        """Write what was gathered. A row that cannot be stored is lost; the log has its line."""
        await asyncio.sleep(WRITE_AFTER_S)
        gathered, self.waiting = self.waiting, {}
        left_out, self.left_out = self.left_out, 0
        self.task = None
        if left_out:
            logger.warning("%d further handshakes refused", left_out)
        now = datetime.now(UTC)
        by_schema: dict[str, list[Refused]] = {}
        for kind, count in gathered.items():
            schema, station_id = kind.owner
            logger.warning(
                "refused %d times from %s: %s, %s %s",
                count,
                kind.address or "an unknown address",
                f"station {schema}/{station_id}" if schema else "an id that no station has",
                kind.event,
                kind.detail,
            )
            if schema:
                row = Refused(station_id, kind.event, kind.address, kind.detail, now, count)
                by_schema.setdefault(schema, []).append(row)
        for schema, rows in by_schema.items():
            try:
                await self.lane.run(schema, record_refusals, rows)
            except Exception as error:
                if not is_trouble(error):
                    raise
                logger.warning("refusals not stored (%s)", type(error).__name__)

    def stop(self) -> None:
        """Write nothing more."""
        if self.task is not None:
            self.task.cancel()
