"""What may be chosen when a charger is made."""

import asyncio
import random
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from apps.ocpp.simulator.clock import Clock
from apps.ocpp.simulator.counters import Counters
from apps.ocpp.simulator.frames import Payload
from apps.ocpp.simulator.link import HandshakeRefusedError
from apps.ocpp.simulator.signing import SigningMeter


@dataclass(frozen=True, slots=True)
class Identity:
    """What a station says of itself at boot."""

    vendor: str = "Chargeyard"
    model: str = "Simulated AC22"
    serial: str = ""
    firmware: str = "1.0.0"

    def boot_payload(self) -> Payload:
        """Return the payload of BootNotification.req."""
        payload = {
            "chargePointVendor": self.vendor,
            "chargePointModel": self.model,
            "firmwareVersion": self.firmware,
        }
        if self.serial:
            payload["chargePointSerialNumber"] = self.serial
        return payload


class StationOptions(TypedDict, total=False):
    """What may be chosen when a station is made."""

    password: str | bytes | None
    connectors: Sequence[int]
    power_w: float
    current_type: str
    identity: Identity | None
    meters: Mapping[int, SigningMeter] | None
    clock: Clock | None
    counters: Counters | None
    rng: random.Random | None
    keep_frames: int
    call_timeout_s: float
    delay_factor: float
    backoff_s: tuple[float, float]
    gate: asyncio.Semaphore | None
    on_refusal: Callable[[str, HandshakeRefusedError], None] | None
    # Which servers to trust; for wss addresses, by default as this machine does.
    make_tls: Callable[[], ssl.SSLContext]
