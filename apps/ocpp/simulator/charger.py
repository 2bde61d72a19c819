"""A simulated charger, which lives by itself (`run`) or is led line by line by a test.

async with SimulatedCharger("ws://127.0.0.1:8000", "CB-1", password="...") as charger:
    await charger.boot()
    transaction = await charger.start(1, "0123456789ABCD", 1000)
    await charger.meter_values(transaction, 1800)
    await charger.stop(transaction, 2500)
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self, Unpack

from apps.ocpp.simulator.charging import ChargingStation
from apps.ocpp.simulator.clock import to_text
from apps.ocpp.simulator.connector import Connector
from apps.ocpp.simulator.frames import Call, Error, Frame, Payload, Result
from apps.ocpp.simulator.options import StationOptions
from apps.ocpp.simulator.readings import Reading, energy_entry
from apps.ocpp.simulator.session import Stay
from apps.ocpp.simulator.station import Hook
from apps.ocpp.simulator.transactions import QueuedMessage, Transaction
from apps.ocpp.simulator.vehicle import Vehicle

REBOOT_S = 12.0
SOFT_RESET_PATIENCE_S = 5.0
SHUT_DOWN_PATIENCE_S = 1.5


class SimulatedCharger(ChargingStation):
    """All of a charger: troubles, and the words a test leads it with."""

    def __init__(self, url: str, charge_box_id: str, **options: Unpack[StationOptions]) -> None:
        super().__init__(url, charge_box_id, **options)
        self.lives: list[asyncio.Task[None]] = []  # drivers and troubles, started from outside
        self._unclaimed: deque[Frame] = deque(maxlen=options.get("keep_frames", 1000))
        if self._unclaimed.maxlen:
            self.link.watchers.append(self._unclaimed.append)

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.leave()

    # -- troubles

    async def lose_network(self, seconds: float) -> None:
        """Let the connection die; charging goes on, messages wait."""
        self.stay_away(seconds)
        self.abort()

    async def power_cut(self, seconds: float, reason: str = "PowerLoss") -> None:
        """Let the power fail: what runs ends, its stop is sent after the next boot."""
        self.stay_away(seconds)
        self.abort()
        self.registration = None
        for connector in self.connectors.values():
            await self.stop_at(connector, reason)

    async def reset_hard(self) -> None:
        """Restart at once; transactions end with reason HardReset."""
        await self.power_cut(REBOOT_S * self.delay_factor, "HardReset")
        await self.come_back(REBOOT_S * self.delay_factor)

    async def reset_soft(self) -> None:
        """End transactions with reason SoftReset, deliver what can be delivered, restart."""
        for connector in self.connectors.values():
            await self.stop_at(connector, "SoftReset")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.outbox.drained(), SOFT_RESET_PATIENCE_S)
        self.stay_away(REBOOT_S * self.delay_factor)
        self.registration = None
        await self.close()
        await self.come_back(REBOOT_S * self.delay_factor)

    async def fail(self, connector: Connector, error_code: str, seconds: float) -> None:
        """Show Faulted with an error code for a while; what runs ends with reason Other."""
        connector.error_code = error_code
        await self.stop_at(connector, "Other")
        await self.report(connector)
        await self.clock.sleep(seconds)
        connector.error_code = "NoError"
        self.advance(connector)
        await self.report(connector)

    async def shut_down(self) -> None:
        """End what runs with reason Reboot, deliver what can be delivered, leave."""
        for life in self.lives:
            life.cancel()
        if self.link.is_open:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SHUT_DOWN_PATIENCE_S):
                    for connector in self.connectors.values():
                        await self.stop_at(connector, "Reboot")
                    await self.outbox.drained()
        await self.leave()

    async def leave(self) -> None:
        """Close the connection and end all tasks; what is queued stays queued."""
        self._is_leaving = True
        self.outbox.stop()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.outbox.stop()
        await self.close(1001)

    # -- words for a test

    @property
    def received(self) -> deque[Frame]:
        """All frames received, oldest first, up to `keep_frames`."""
        return self.link.received

    def on(self, action: str, hook: Hook | Payload | Error) -> None:
        """Answer a command by hand: a payload, an Error, or a function of the payload.

        A function that returns None leaves the command without an answer.
        """
        self.hooks[action] = hook if callable(hook) else lambda payload: hook

    async def status(
        self, connector: int, status: str, error_code: str = "NoError", **more: object
    ) -> Payload:
        """Send StatusNotification with any words."""
        payload = {
            "connectorId": connector,
            "errorCode": error_code,
            "status": status,
            "timestamp": to_text(self.now()),
            **more,
        }
        if connector in self.connectors:
            self.connectors[connector].reported = status
        return await self.call("StatusNotification", payload)

    async def start(
        self,
        connector: int,
        id_tag: str,
        meter_wh: int | None = None,
        *,
        at: datetime | None = None,
    ) -> Transaction:
        """Start a transaction; wait for its answer unless offline."""
        transaction = self.begin(self.connectors[connector], id_tag, meter_wh=meter_wh, at=at)
        if self.is_accepted:
            await transaction.answered.wait()
        return transaction

    async def meter_values(
        self, transaction: Transaction, register_wh: int, *, at: datetime | None = None
    ) -> None:
        """Send a register reading of a transaction; wait for its answer unless offline."""
        connector = self.connectors[transaction.connector]
        connector.register_wh = float(register_wh)
        reading = Reading(at=at or self.now(), register_wh=register_wh)
        entry = energy_entry(reading, "Sample.Periodic")
        await self._delivered(self.queue_meter_values(connector.number, transaction, [entry]))

    async def stop(
        self,
        transaction: Transaction,
        meter_wh: int | None = None,
        *,
        reason: str | None = "Local",
        at: datetime | None = None,
        id_tag: str | None = None,
    ) -> Payload | None:
        """Stop a transaction; wait for its answer unless offline, and return it."""
        return await self._delivered(
            self.end(transaction, reason, meter_wh=meter_wh, at=at, id_tag=id_tag)
        )

    async def charge(self, connector: int, id_tag: str, vehicle: Vehicle, stay: Stay) -> str:
        """Plug, charge on the vehicle's curve, unplug; return the reason of the stop."""
        there = self.connectors[connector]
        await self.plug(there, vehicle)
        reason = await self.start_session(there, id_tag, stay)
        await self.unplug(there)
        return reason

    async def send_raw(self, text: str | bytes) -> None:
        """Send any text as a frame."""
        await self.link.send_text(text)

    async def wait_for_call(self, action: str, *, timeout_s: float = 5.0) -> Call:
        """Return the next command of that action, come or yet to come."""
        frame = await self.wait_for_frame(
            lambda frame: isinstance(frame, Call) and frame.action == action, timeout_s=timeout_s
        )
        assert isinstance(frame, Call)  # by the condition above
        return frame

    async def wait_for_answer(self, message_id: str, *, timeout_s: float = 5.0) -> Result | Error:
        """Return the answer to a raw call."""
        frame = await self.wait_for_frame(
            lambda frame: not isinstance(frame, Call) and frame.message_id == message_id,
            timeout_s=timeout_s,
        )
        assert not isinstance(frame, Call)  # by the condition above
        return frame

    async def wait_for_frame(
        self, matches: Callable[[Frame], bool], *, timeout_s: float = 5.0
    ) -> Frame:
        """Return the first frame that matches and was not returned before; raise TimeoutError."""
        for frame in self._unclaimed:
            if matches(frame):
                self._unclaimed.remove(frame)
                return frame
        found: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()

        def watch(frame: Frame) -> None:
            if not found.done() and matches(frame):
                found.set_result(frame)

        self.link.watchers.append(watch)
        try:
            frame = await asyncio.wait_for(found, timeout_s)
        finally:
            self.link.watchers.remove(watch)
        self._unclaimed.remove(frame)
        return frame

    async def wait_closed(self, *, timeout_s: float = 5.0) -> None:
        """Wait until the connection has ended; raise TimeoutError."""
        if self._reader is not None:
            await asyncio.wait_for(asyncio.shield(self._reader), timeout_s)

    async def _delivered(self, message: QueuedMessage) -> Payload | None:
        if self.is_accepted:
            await message.done.wait()
        return message.answer
