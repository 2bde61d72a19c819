"""Runs a fleet: starts it gently, reports, ends it cleanly."""

import asyncio
import contextlib
import random
import signal
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from apps.ocpp.simulator.charger import SimulatedCharger
from apps.ocpp.simulator.clock import Clock
from apps.ocpp.simulator.counters import Counters
from apps.ocpp.simulator.fleet import StationPlan
from apps.ocpp.simulator.link import HandshakeRefusedError
from apps.ocpp.simulator.scenario import Pace, bring_to_life

STATUS_EVERY_S = 60.0
HANDSHAKES_AT_ONCE = 50
REFUSALS_TOLD = 3  # of each kind; the rest is counted


@dataclass(frozen=True, slots=True)
class Options:
    """How to run: `ramp_s` spreads the first connections, `duration_s` None runs for ever."""

    url: str
    pace: Pace | None
    seed: int | None = None
    duration_s: float | None = None
    ramp_s: float = 2.0


class Simulation:
    """A fleet at work; `say` takes the lines for the terminal."""

    def __init__(
        self,
        stations: Sequence[StationPlan],
        options: Options,
        *,
        clock: Clock | None = None,
        say: Callable[[str], None] = print,
    ) -> None:
        self.counters = Counters()
        self.chargers: list[SimulatedCharger] = []
        self._stations = stations
        self._options = options
        self._clock = clock or Clock()
        self._say = say
        self._stop = asyncio.Event()
        self._gate = asyncio.Semaphore(HANDSHAKES_AT_ONCE)
        self._cards_in_use: set[str] = set()
        self._refusals: Counter[str] = Counter()

    def stop(self) -> None:
        """End the run; the chargers leave properly."""
        self._stop.set()

    async def run(self) -> Counters:
        """Run until stopped or the duration is over; return what was counted."""
        self._listen_to_signals()
        rng = random.Random(self._options.seed)
        runs = [asyncio.create_task(self._live(plan, rng.random())) for plan in self._stations]
        ticker = asyncio.create_task(self._tell_status())
        try:
            await self._until_over(runs)
        finally:
            ticker.cancel()
            await self._end(runs)
        return self.counters

    async def _until_over(self, runs: list[asyncio.Task[None]]) -> None:
        stopped = asyncio.create_task(self._stop.wait())
        await asyncio.wait(
            [stopped, *runs],
            timeout=self._options.duration_s,
            return_when=asyncio.FIRST_COMPLETED,
        )
        stopped.cancel()
        for run in runs:
            if run.done():
                run.result()  # a charger never ends by itself: show what broke

    async def _end(self, runs: list[asyncio.Task[None]]) -> None:
        await asyncio.gather(*(charger.shut_down() for charger in self.chargers))
        for run in runs:
            run.cancel()
        await asyncio.gather(*runs, return_exceptions=True)

    async def _live(self, plan: StationPlan, lot: float) -> None:
        await asyncio.sleep(lot * self._options.ramp_s)
        seed = (
            f"{self._options.seed if self._options.seed is not None else lot}/{plan.charge_box_id}"
        )
        charger = SimulatedCharger(
            self._options.url,
            plan.charge_box_id,
            password=plan.password,
            connectors=plan.connectors,
            power_w=plan.power_w,
            current_type=plan.current_type,
            identity=plan.identity,
            meters=plan.meters,
            clock=self._clock,
            counters=self.counters,
            rng=random.Random(seed),
            keep_frames=0,
            delay_factor=1.0,
            gate=self._gate,
            on_refusal=self._tell_refusal,
        )
        self.chargers.append(charger)
        bring_to_life(charger, plan.cards, self._options.pace, cards_in_use=self._cards_in_use)
        await charger.run()

    def _tell_refusal(self, charge_box_id: str, refusal: HandshakeRefusedError) -> None:
        kind = str(refusal)
        self._refusals[kind] += 1
        if self._refusals[kind] <= REFUSALS_TOLD:
            self._say(f"{charge_box_id}: {kind}")
        if self._refusals[kind] == REFUSALS_TOLD:
            self._say("further refusals of this kind are only counted")

    async def _tell_status(self) -> None:
        while True:
            await asyncio.sleep(STATUS_EVERY_S)
            self._say(self.status_line())

    def status_line(self) -> str:
        """Return how things stand on one line."""
        counters = self.counters
        online = sum(charger.is_accepted for charger in self.chargers)
        charging = sum(
            connector.transaction is not None
            for charger in self.chargers
            for connector in charger.connectors.values()
        )
        queued = sum(len(charger.outbox) for charger in self.chargers)
        return (
            f"{self._clock.now():%H:%M:%S} {online}/{len(self._stations)} online, "
            f"{charging} charging, {counters.messages_sent} sent, "
            f"{counters.messages_received} received, {counters.started} started, "
            f"{counters.stopped} stopped, {queued} queued, {counters.errors} errors, "
            f"{counters.timeouts} time-outs, {counters.reconnects} reconnects, "
            f"{counters.refused} refused"
        )

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            # Outside the main thread (tests) there are no signal handlers.
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(name, self.stop)
