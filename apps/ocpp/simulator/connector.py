"""One connector: what is plugged, what flows, and the status that follows from it."""

import asyncio
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime

from apps.ocpp.simulator.readings import DC_VOLTAGE_V, Reading
from apps.ocpp.simulator.transactions import Transaction
from apps.ocpp.simulator.vehicle import MIN_CURRENT_A, VOLTAGE_V, Vehicle

REGISTER_ANCHOR = datetime(2026, 1, 1, tzinfo=UTC)
REGISTER_ROLLS_OVER_WH = 999_999_000


@dataclass(frozen=True, slots=True)
class Reservation:
    """A connector kept for a card until a moment."""

    reservation_id: int
    id_tag: str
    expires_at: datetime


def first_register_wh(seed: str, power_w: float, now: datetime) -> float:
    """Return a meter reading that grows from run to run, without a file to keep it in."""
    hours = max((now - REGISTER_ANCHOR).total_seconds(), 0.0) / 3600
    base = random.Random(seed).uniform(50_000, 2_000_000)
    return (base + hours * power_w) % REGISTER_ROLLS_OVER_WH


@dataclass(slots=True, eq=False)
class Connector:
    """State of one connector; energy in Wh, power in W."""

    number: int
    power_w: float
    register_wh: float
    read_at: datetime
    is_dc: bool = False
    vehicle: Vehicle | None = None
    transaction: Transaction | None = None
    reservation: Reservation | None = None
    error_code: str = "NoError"
    is_operative: bool = True
    scheduled: bool | None = None  # operative or not, once the transaction has ended
    was_charged: bool = False  # the plugged vehicle has had its transaction
    offered_w: float = 0.0
    drawn_w: float = 0.0
    reported: str | None = None
    session: "asyncio.Task[str] | None" = None
    stop_request: "asyncio.Future[str] | None" = field(default=None)

    @property
    def is_free(self) -> bool:
        """Whether a driver could plug in and charge."""
        return (
            self.vehicle is None
            and self.transaction is None
            and self.is_operative
            and self.error_code == "NoError"
            and (self.session is None or self.session.done())
        )

    def status(self) -> str:
        """Return the ChargePointStatus that follows from the state (OCPP 1.6, section 4.9)."""
        if self.error_code != "NoError":
            return "Faulted"
        if self.transaction is not None:
            return self._status_of_flow()
        if self.vehicle is not None:
            return "Finishing" if self.was_charged else "Preparing"
        if not self.is_operative:
            return "Unavailable"
        return "Reserved" if self.reservation is not None else "Available"

    def _status_of_flow(self) -> str:
        if self.vehicle is None:
            return "Charging"  # scripted: the script says what flows
        least_w = MIN_CURRENT_A * VOLTAGE_V * self.vehicle.phases
        if self.offered_w <= 0 or self.offered_w < least_w:
            return "SuspendedEVSE"
        return "Charging" if self.drawn_w > 0 else "SuspendedEV"

    def advance(self, now: datetime, offered_w: float) -> None:
        """Let energy flow since the last look, at what was on offer; then look again."""
        seconds = (now - self.read_at).total_seconds()
        self.read_at = now
        if self.transaction is not None and self.vehicle is not None and seconds > 0:
            self.register_wh += self.vehicle.charge(seconds, self.offered_w)
        self.offered_w = offered_w
        is_flowing = self.transaction is not None and self.error_code == "NoError"
        self.drawn_w = self.vehicle.power_w(offered_w) if is_flowing and self.vehicle else 0.0

    def reading(self, *, at: datetime | None = None, voltage_v: float | None = None) -> Reading:
        """Return what the meter shows as of the last `advance`; `at` for a script's own time."""
        vehicle = self.vehicle
        usual_v = DC_VOLTAGE_V if self.is_dc else VOLTAGE_V
        return Reading(
            at=at or self.read_at,
            register_wh=int(self.register_wh),
            power_w=self.drawn_w,
            phases=0 if self.is_dc else (vehicle.phases or 3 if vehicle else 3),
            soc=vehicle.soc if vehicle is not None and self.is_dc else None,
            voltage_v=voltage_v if voltage_v is not None else usual_v,
        )

    def request_stop(self, reason: str) -> bool:
        """Ask the running session to end; False when none listens."""
        if self.stop_request is None or self.stop_request.done():
            return False
        self.stop_request.set_result(reason)
        return True
