"""The realistic mix: what a charger says on an ordinary day, in order.

One round is a charging session with 20 meter values of 10 samples (as sent every minute by many
chargers), its status changes, and the heartbeats around it: 32 messages.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

METER_VALUES_PER_SESSION = 20
HEARTBEATS_PER_SESSION = 5
SAMPLES = (
    ("Energy.Active.Import.Register", "Wh", None),
    ("Power.Active.Import", "W", None),
    ("Current.Import", "A", "L1"),
    ("Current.Import", "A", "L2"),
    ("Current.Import", "A", "L3"),
    ("Voltage", "V", "L1-N"),
    ("Voltage", "V", "L2-N"),
    ("Voltage", "V", "L3-N"),
    ("Temperature", "Celsius", None),
    ("Current.Offered", "A", None),
)
BOOT = (
    "BootNotification",
    {"chargePointVendor": "Bench", "chargePointModel": "B-22", "firmwareVersion": "1.0"},
)
MESSAGES_PER_ROUND = 4 + 3 + METER_VALUES_PER_SESSION + HEARTBEATS_PER_SESSION

Message = tuple[str, dict[str, Any]]


def meter_value(at: str, energy_wh: int) -> dict[str, Any]:
    """Return one MeterValue with ten samples; the energy register reads `energy_wh`."""
    sampled = []
    for position, (measurand, unit, phase) in enumerate(SAMPLES):
        sample = {
            "value": str(energy_wh if position == 0 else 16 * (position + 1)),
            "context": "Sample.Periodic",
            "measurand": measurand,
            "unit": unit,
        }
        sampled.append(sample | ({"phase": phase} if phase else {}))
    return {"timestamp": at, "sampledValue": sampled}


@dataclass
class Day:
    """The day of one charger; `transaction_id` is set by who reads the answers."""

    id_tag: str
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    energy_wh: int = 0
    transaction_id: int = 0

    def tick(self) -> str:
        """Return the next time of the charger, a minute later."""
        self.now += timedelta(minutes=1)
        return self.now.isoformat(timespec="seconds").replace("+00:00", "Z")

    def status(self, name: str) -> Message:
        body = {"connectorId": 1, "errorCode": "NoError", "status": name}
        return "StatusNotification", body | {"timestamp": self.tick()}

    def round(self) -> Iterator[Message]:
        """Yield the messages of one session, each to be sent when the one before was answered."""
        yield self.status("Preparing")
        yield "Authorize", {"idTag": self.id_tag}
        yield (
            "StartTransaction",
            {
                "connectorId": 1,
                "idTag": self.id_tag,
                "meterStart": self.energy_wh,
                "timestamp": self.tick(),
            },
        )
        yield self.status("Charging")
        for number in range(METER_VALUES_PER_SESSION):
            self.energy_wh += 180
            body = {"connectorId": 1, "transactionId": self.transaction_id}
            yield "MeterValues", body | {"meterValue": [meter_value(self.tick(), self.energy_wh)]}
            if number % (METER_VALUES_PER_SESSION // HEARTBEATS_PER_SESSION) == 0:
                yield "Heartbeat", {}
        yield self.status("Finishing")
        yield (
            "StopTransaction",
            {
                "transactionId": self.transaction_id,
                "idTag": self.id_tag,
                "meterStop": self.energy_wh,
                "timestamp": self.tick(),
                "reason": "EVDisconnected",
            },
        )
        yield self.status("Available")
