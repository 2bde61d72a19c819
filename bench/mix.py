"""What a charger says on an ordinary day, in order, at its own clock.

A round is the realistic mix in 100 messages: 1 boot, 5 status, 10 heartbeat, 4 authorise, 2 start,
2 stop and 76 meter values of 10 samples. It is two charging sessions of 38 minutes: the driver
shows the card at the beginning and at the end of each.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

SESSIONS_PER_ROUND = 2
METER_VALUES_PER_SESSION = 38
METER_VALUES_PER_HEARTBEAT = 8
MESSAGES_PER_ROUND = 100
ENERGY_PER_MINUTE_WH = 180
"""11 kW."""
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
BOOT = {"chargePointVendor": "Bench", "chargePointModel": "B-22", "firmwareVersion": "1.0"}

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
    """The days of one charger; `transaction_id` is set by who reads the answers."""

    id_tag: str
    now: datetime
    energy_wh: int = 0
    transaction_id: int = 0

    @classmethod
    def of_rounds(cls, id_tag: str, rounds: int) -> "Day":
        """Return days that end about now after so many rounds: nothing comes from the future."""
        return cls(id_tag, datetime.now(UTC) - timedelta(minutes=rounds * MESSAGES_PER_ROUND))

    def tick(self) -> str:
        """Return the next time of the charger, a minute later."""
        self.now += timedelta(minutes=1)
        return self.now.isoformat(timespec="seconds").replace("+00:00", "Z")

    def status(self, name: str) -> Message:
        body = {"connectorId": 1, "errorCode": "NoError", "status": name}
        return "StatusNotification", body | {"timestamp": self.tick()}

    def authorise(self) -> Message:
        return "Authorize", {"idTag": self.id_tag}

    def start(self) -> Message:
        body = {"connectorId": 1, "idTag": self.id_tag, "meterStart": self.energy_wh}
        return "StartTransaction", body | {"timestamp": self.tick()}

    def meter_values(self) -> Message:
        self.energy_wh += ENERGY_PER_MINUTE_WH
        body = {"connectorId": 1, "transactionId": self.transaction_id}
        return "MeterValues", body | {"meterValue": [meter_value(self.tick(), self.energy_wh)]}

    def stop(self) -> Message:
        body = {"transactionId": self.transaction_id, "idTag": self.id_tag}
        body |= {"meterStop": self.energy_wh, "timestamp": self.tick(), "reason": "Local"}
        return "StopTransaction", body

    def round(self) -> Iterator[Message]:
        """Yield the messages of a round, each to be sent when the one before was answered."""
        yield "BootNotification", BOOT
        yield self.status("Available")
        for _ in range(SESSIONS_PER_ROUND):
            yield self.authorise()
            yield self.start()
            yield self.status("Charging")
            for minute in range(METER_VALUES_PER_SESSION):
                yield self.meter_values()
                if minute % METER_VALUES_PER_HEARTBEAT == 0:
                    yield "Heartbeat", {}
            yield self.authorise()
            yield self.stop()
            yield self.status("Available")

    def from_place(self, place: int) -> tuple[Iterator[Message], Message | None]:
        """Return the messages of a round from the given place on, and the start of the session that
        is under way there, to be sent before them; None between two sessions.
        """
        messages = self.round()
        under_way = None
        for message in islice(messages, place):
            if message[0] == "StartTransaction":
                under_way = message
            elif message[0] == "StopTransaction":
                under_way = None
        return messages, under_way
