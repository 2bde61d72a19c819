"""One charging session: from the start of the transaction to its end."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apps.ocpp.simulator.connector import Connector
from apps.ocpp.simulator.transactions import Transaction

if TYPE_CHECKING:
    from apps.ocpp.simulator.charger import SimulatedCharger

LONGEST_STEP_S = 60.0
ANSWER_S = 10.0


@dataclass(frozen=True, slots=True)
class Stay:
    """When and how the driver ends it; `leave_after_s` None: only others end it."""

    leave_after_s: float | None = None
    leaves_when_full: bool = False
    farewell: str = "Local"


async def run_session(
    charger: "SimulatedCharger", connector: Connector, id_tag: str, stay: Stay
) -> str:
    """Charge until somebody ends it; return the reason of StopTransaction.

    The end is queued even if this task is cancelled, as a charger's memory would.
    """
    connector.stop_request = asyncio.get_running_loop().create_future()
    transaction = charger.begin(connector, id_tag)
    reason = "Other"
    try:
        await _answered(charger, transaction, connector.stop_request)
        await charger.report(connector)
        reason = await _flow(charger, connector, stay)
    finally:
        connector.stop_request = None
        if not transaction.is_ended:
            charger.end(transaction, reason)
    await charger.report(connector)
    return reason


async def _answered(
    charger: "SimulatedCharger", transaction: Transaction, stop_request: "asyncio.Future[str]"
) -> None:
    """Give the central system a moment before Charging is reported; charging waits for nobody."""
    if not charger.is_accepted:
        return
    answered = asyncio.create_task(transaction.answered.wait())
    either: list[asyncio.Future[Any]] = [answered, stop_request]
    await asyncio.wait(either, timeout=ANSWER_S, return_when=asyncio.FIRST_COMPLETED)
    answered.cancel()


async def _flow(charger: "SimulatedCharger", connector: Connector, stay: Stay) -> str:
    left_s = stay.leave_after_s
    next_sample_s = interval_s = float(charger.configuration.integer("MeterValueSampleInterval"))
    while True:
        step_s = min(LONGEST_STEP_S, next_sample_s or LONGEST_STEP_S)
        if left_s is not None:
            step_s = min(step_s, left_s)
        if reason := await _stopped_within(charger, connector, step_s):
            return reason
        charger.advance(connector)
        if left_s is not None:
            left_s -= step_s
            if left_s <= 0:
                return stay.farewell
        if stay.leaves_when_full and connector.vehicle is not None and connector.vehicle.is_full:
            return stay.farewell
        if interval_s:
            next_sample_s -= step_s
            if next_sample_s <= 0:
                charger.sample(connector, "Sample.Periodic")
                interval_s = float(charger.configuration.integer("MeterValueSampleInterval"))
                next_sample_s = interval_s
        await charger.report(connector)


async def _stopped_within(
    charger: "SimulatedCharger", connector: Connector, seconds: float
) -> str | None:
    request = connector.stop_request
    assert request is not None  # set by run_session, for as long as this runs
    await asyncio.wait([request], timeout=charger.clock.real_seconds(seconds))
    return request.result() if request.done() else None
