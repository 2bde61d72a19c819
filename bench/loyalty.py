"""What loyal chargers do and remember: transactions whose every message is sent until it was
answered, and the rows that must be found of them. Whoever drives the socket sends what `charge`
yields and gives it the answers.
"""

import random
from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.mix import Message

BEGAN_AGO = timedelta(days=2)
# Of one station (%s), oldest first; columns as in `Truth.row`.
STORED = (
    "SELECT s.transaction_id, s.meter_start_wh, s.started_at, s.state, s.meter_stop_wh, "
    "(SELECT count(DISTINCT (m.sampled_at, m.raw_value)) FROM charge_records_metersample m "
    " WHERE m.station_id = s.station_id AND m.transaction_id = s.transaction_id) "
    "FROM charge_records_chargingsession s WHERE s.station_id = %s ORDER BY s.started_at"
)
Row = tuple[Any, ...]


@dataclass
class Truth:
    """One transaction as the charger knows it, by what it was answered."""

    start: dict[str, Any]
    transaction_id: int = 0
    meter_stop: int = 0
    samples: int = 0
    is_stopped: bool = False

    def row(self) -> Row:
        """Return the row that must be stored of it."""
        return (
            self.transaction_id,
            self.start["meterStart"],
            datetime.fromisoformat(self.start["timestamp"]),
            "ended" if self.is_stopped else "active",
            self.meter_stop,
            self.samples,
        )


@dataclass
class Diary:
    """All transactions of one charger, at its own clock."""

    rng: random.Random
    id_tag: str
    truths: list[Truth] = field(default_factory=list)
    clock: datetime = field(default_factory=lambda: datetime.now(UTC) - BEGAN_AGO)

    def tick(self) -> str:
        self.clock += timedelta(seconds=self.rng.randrange(1, 60))
        return self.clock.isoformat()

    def charge(self) -> Generator[Message, dict[str, Any], None]:
        """Yield the messages of one transaction; send each answer's payload in."""
        meter = self.rng.randrange(1_000_000)
        body = {"connectorId": 1, "idTag": self.id_tag, "meterStart": meter}
        truth = Truth(body | {"timestamp": self.tick()})
        self.truths.append(truth)
        answer = yield "StartTransaction", truth.start
        truth.transaction_id = answer["transactionId"]
        for _ in range(self.rng.randrange(3)):
            meter += 100
            value = {"timestamp": self.tick(), "sampledValue": [{"value": str(meter)}]}
            ours = {"connectorId": 1, "transactionId": truth.transaction_id}
            yield "MeterValues", ours | {"meterValue": [value]}
            truth.samples += 1
        truth.meter_stop = meter + 50
        stop = {"transactionId": truth.transaction_id, "meterStop": truth.meter_stop}
        yield "StopTransaction", stop | {"timestamp": self.tick()}
        truth.is_stopped = True


@dataclass
class Differences:
    """Between what chargers were answered and what is stored."""

    lost: int = 0
    doubled: int = 0
    changed: int = 0

    def add(self, expected: Sequence[Row], stored: Iterable[Row]) -> None:
        """Compare the rows of one station; a stored one that no charger knows counts as doubled."""
        by_start = Counter(row[1:3] for row in expected)
        found: dict[Row, Row] = {}
        for row in stored:
            if row[1:3] in found or row[1:3] not in by_start:
                self.doubled += 1
            else:
                found[row[1:3]] = row
        for row in expected:
            if row[1:3] not in found:
                self.lost += 1
            elif found[row[1:3]] != row:
                self.changed += 1
