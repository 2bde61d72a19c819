"""Loyal chargers on the fleet's event loop: they send each message until it was answered."""

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any

from bench.chargers import RESULT, Charger
from bench.loyalty import Diary

REDIAL_S = (0.1, 1.0)
DIAL_S = 20.0
IMPATIENCE_S = 20.0


@dataclass
class Loyal:
    """One charger; `ports` of the gateways, any of which will do."""

    charger: Charger
    host: str
    ports: list[int]
    diary: Diary
    rng: random.Random
    is_stopping: bool = False
    answered: int = 0
    resent: int = 0
    refusals: list[str] = field(default_factory=list)
    is_open: bool = False

    async def run(self) -> None:
        """Charge without pause until told to stop; the transaction that runs is ended first."""
        while not self.is_stopping:
            transaction = self.diary.charge()
            message = next(transaction)
            while True:
                answer = await self.deliver(*message)
                try:
                    message = transaction.send(answer)
                except StopIteration:
                    break
        self.charger.hang_up()

    async def deliver(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send until answered with a result; the message id is new on each socket or the same."""
        message_id = ""
        while True:
            try:
                if not self.is_open:
                    await self.charger.dial(
                        self.host, self.rng.choice(self.ports), timeout_s=DIAL_S
                    )
                    self.is_open = True
                    if self.rng.random() < 0.5:
                        message_id = ""
                message_id = message_id or f"{action}-{self.rng.getrandbits(48)}"
                frame = await asyncio.wait_for(
                    self.charger.exchange(action, payload, message_id), IMPATIENCE_S
                )
            except OSError:  # ConnectionResetError, Refused and TimeoutError are among them
                self.charger.hang_up()
                self.is_open = False
                self.resent += 1
                await asyncio.sleep(self.rng.uniform(*REDIAL_S))
                continue
            if frame[0] == RESULT:
                self.answered += 1
                return dict(frame[2])
            if frame[2] != "InternalError":
                self.refusals.append(f"{self.charger.name}: {action}: {frame}")
            self.resent += 1
            await asyncio.sleep(self.rng.uniform(*REDIAL_S))
