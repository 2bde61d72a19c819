"""The life around a charger: drivers come and go, and now and then something breaks."""

import asyncio
import random
from collections.abc import Container, Sequence
from dataclasses import dataclass

from apps.ocpp.simulator.charger import SimulatedCharger
from apps.ocpp.simulator.connector import Connector
from apps.ocpp.simulator.session import Stay
from apps.ocpp.simulator.vehicle import Vehicle, draw_vehicle, fit_battery

# Arrivals in each hour of the local day against the mean of the day.
ARRIVALS_BY_HOUR = (
    *(0.15, 0.1, 0.1, 0.1, 0.15, 0.3, 0.7, 1.3, 1.6, 1.4, 1.2, 1.2),
    *(1.4, 1.3, 1.2, 1.3, 1.6, 2.0, 2.1, 1.7, 1.2, 0.8, 0.5, 0.3),
)
ERROR_CODES = (
    "GroundFailure",
    "OverCurrentFailure",
    "ConnectorLockFailure",
    "EVCommunicationError",
    "HighTemperature",
    "PowerMeterFailure",
    "ReaderFailure",
)
LEAST_ENERGY_WH = 300.0  # below 0.2 kWh a record counts as "consumption too low"
LEAST_SESSION_S = 75.0  # below 60 s as "charging duration too short"


@dataclass(frozen=True, slots=True)
class Pace:
    """How lively it is; times in s, `*_share` are probabilities per visit."""

    gap_s: float
    session_s: tuple[float, float]
    linger_s: tuple[float, float]
    trouble_s: tuple[float, float]
    sample_s: int = 60
    follows_the_day: bool = False
    fits_batteries: bool = True
    unknown_share: float = 0.04
    blocked_share: float = 0.03
    cancel_share: float = 0.04
    fault_share: float = 0.03
    power_cut_share: float = 0.015
    network_loss_share: float = 0.03
    jump_share: float = 0.01


PACES: dict[str, Pace | None] = {
    # Sessions short enough to watch, energy as the power allows in that time.
    "demo": Pace(
        gap_s=140, session_s=(120, 360), linger_s=(8, 40), trouble_s=(25, 90), sample_s=15
    ),
    # A real day; use it with --speed and --since, or leave it running.
    "day": Pace(
        gap_s=9_000,
        session_s=(1_200, 14_400),
        linger_s=(60, 1_800),
        trouble_s=(120, 1_800),
        follows_the_day=True,
        fits_batteries=False,
    ),
    # As many transactions as fit, for load; the records are too short to be billed.
    "busy": Pace(gap_s=3, session_s=(8, 20), linger_s=(0.5, 2), trouble_s=(3, 10), sample_s=5),
    # Connected, and nothing else.
    "idle": None,
}


@dataclass(frozen=True, slots=True)
class Cards:
    """Card numbers the drivers hold."""

    good: Sequence[str]
    unknown: Sequence[str] = ()
    blocked: Sequence[str] = ()

    def draw(self, rng: random.Random, pace: Pace, in_use: Container[str] = ()) -> str | None:
        """Return the card of the next driver, None while all are charging elsewhere.

        A card charges once at a time: central systems answer ConcurrentTx otherwise.
        """
        lot = rng.random()
        if self.unknown and lot < pace.unknown_share:
            return rng.choice(self.unknown)
        if self.blocked and lot < pace.unknown_share + pace.blocked_share:
            return rng.choice(self.blocked)
        free = [card for card in self.good if card not in in_use]
        return rng.choice(free) if free else None


class ConnectorLife:
    """One connector's days: visits, with what may go wrong in them."""

    def __init__(
        self,
        charger: SimulatedCharger,
        connector: Connector,
        cards: Cards,
        pace: Pace,
        *,
        cards_in_use: set[str],
    ) -> None:
        self._charger = charger
        self._connector = connector
        self._cards = cards
        self._pace = pace
        self._cards_in_use = cards_in_use
        self._rng = random.Random(charger.rng.random())
        self._has_had_visits = False

    async def live(self) -> None:
        """Let visits follow each other for ever."""
        await self._wait(self._rng.uniform(0.02, 1.0) * self._pace.gap_s)
        while True:
            if self._connector.is_free and self._arrives():
                await self.visit()
            await self._wait(self._rng.expovariate(1 / self._pace.gap_s) + 1)

    def _arrives(self) -> bool:
        if not self._pace.follows_the_day:
            return True
        hour = self._charger.now().astimezone().hour
        return self._rng.random() < ARRIVALS_BY_HOUR[hour] / max(ARRIVALS_BY_HOUR)

    async def visit(self) -> None:
        """One driver: plug, show a card, charge, leave; sometimes a fault instead."""
        rng, pace = self._rng, self._pace
        if rng.random() < pace.fault_share:
            await self._charger.fail(
                self._connector, rng.choice(ERROR_CODES), rng.uniform(*pace.trouble_s)
            )
            return
        card = self._cards.draw(rng, pace, self._cards_in_use)
        if card is None:
            return
        self._cards_in_use.add(card)
        try:
            await self._visit_with(card)
        finally:
            self._cards_in_use.discard(card)

    async def _visit_with(self, card: str) -> None:
        rng, pace = self._rng, self._pace
        vehicle, stay = self.draw_visit()
        await self._charger.plug(self._connector, vehicle)
        await self._wait(min(rng.uniform(2, 12), pace.gap_s / 2))
        if self._connector.session is None and await self._charger.may_charge(card):
            await self._charge(card, stay)
        elif self._connector.session is not None:
            await asyncio.wait([self._connector.session])  # somebody started it remotely
        await self._wait(rng.uniform(*pace.linger_s))
        await self._charger.unplug(self._connector)

    async def _charge(self, card: str, stay: Stay) -> None:
        if self._connector.session is not None or self._connector.error_code != "NoError":
            return
        session = self._charger.start_session(self._connector, card, stay)
        trouble = asyncio.create_task(self._trouble(stay.leave_after_s or 60.0))
        try:
            await asyncio.wait([session])
        finally:
            trouble.cancel()

    def draw_visit(self) -> tuple[Vehicle, Stay]:
        """Return the vehicle and the stay of the next driver."""
        rng, pace = self._rng, self._pace
        charger = self._charger
        vehicle = draw_vehicle(rng, charger.current_type, charger.power_w)
        if rng.random() < pace.cancel_share:
            vehicle.max_power_w = 0.0  # held the card, thought better of it
            return vehicle, Stay(leave_after_s=rng.uniform(0.05, 0.4) * min(pace.session_s[0], 100))
        seconds = rng.uniform(*pace.session_s)
        if not self._has_had_visits:
            seconds *= 0.5  # as if it had been under way, so that records come soon
            self._has_had_visits = True
        if pace.session_s[0] >= 60:
            drawn_w = max(vehicle.power_w(charger.power_w), 1.0)
            seconds = max(seconds, LEAST_SESSION_S, LEAST_ENERGY_WH / drawn_w * 3600)
        if pace.fits_batteries:
            fit_battery(vehicle, seconds * rng.uniform(0.9, 1.5), charger.power_w)
        farewell = rng.choice(("Local", "Local", "EVDisconnected"))
        return vehicle, Stay(seconds, leaves_when_full=rng.random() < 0.3, farewell=farewell)

    async def _trouble(self, session_s: float) -> None:
        """At some moment of the session, perhaps, one thing goes wrong."""
        rng, pace = self._rng, self._pace
        lot = rng.random()
        await self._wait(session_s * rng.uniform(0.2, 0.8))
        seconds = rng.uniform(*pace.trouble_s)
        if lot < pace.network_loss_share:
            await self._charger.lose_network(seconds)
        elif (lot := lot - pace.network_loss_share) < pace.power_cut_share:
            # Beside, for this task ends with the session that the cut ends.
            self._charger.spawn(self._charger.power_cut(seconds))
        elif (lot := lot - pace.power_cut_share) < pace.jump_share:
            self._charger.advance(self._connector)
            lost_wh = rng.uniform(2_000, 20_000)  # a meter that forgot, as some do
            self._connector.register_wh = max(self._connector.register_wh - lost_wh, 0.0)
        elif lot - pace.jump_share < pace.fault_share:
            self._charger.spawn(
                self._charger.fail(self._connector, rng.choice(ERROR_CODES), seconds)
            )

    async def _wait(self, seconds: float) -> None:
        await self._charger.clock.sleep(seconds)


def bring_to_life(
    charger: SimulatedCharger, cards: Cards, pace: Pace | None, *, cards_in_use: set[str]
) -> None:
    """Start the lives of all connectors; without a pace the charger stays idle.

    `cards_in_use` is shared by the fleet: it keeps a card from charging in two places.
    """
    if pace is None:
        return
    charger.configuration.force("MeterValueSampleInterval", pace.sample_s)
    charger.arrives_after_s = min(6.0, pace.gap_s)
    charger.unplugs_after_s = pace.linger_s[0]
    lives = [
        ConnectorLife(charger, connector, cards, pace, cards_in_use=cards_in_use)
        for connector in charger.connectors.values()
    ]
    charger.draw_visit = lives[0].draw_visit
    charger.lives = [charger.spawn(life.live()) for life in lives]
