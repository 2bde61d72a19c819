"""What the fast lane writes: plain rows, made on the event loop, written by one thread."""

from __future__ import annotations

from asyncio import Future
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from apps.vocabulary.events import Sample, StatusReported

# MeterSample.value is numeric(30, 6).
VALUE_LIMIT = Decimal(10) ** 24
# last_meter_wh and last_power_w are 64-bit columns.
WHOLE_LIMIT = 2**63
ENERGY = "Energy.Active.Import.Register"
POWER = "Power.Active.Import"


@dataclass(slots=True)
class Exchange:
    """One row of the message log: a request with its answer, both as sent."""

    station_id: int
    connection_id: UUID
    direction: str
    message_id: str
    action: str
    request: str
    requested_at: datetime
    answer: str = ""
    answered_at: datetime | None = None
    outcome: str = "none"
    error_code: str = ""
    flags: tuple[str, ...] = ()


@dataclass(slots=True)
class MeterValues:
    """The samples of one message, oldest first: a row of MeterSample each."""

    station_id: int
    connector: int
    transaction_id: int | None
    received_at: datetime
    samples: Sequence[Sample]


@dataclass(slots=True)
class Progress:
    """The newest register and power of a running transaction; None where not sent."""

    transaction_id: int
    meter_wh: int | None
    power_w: int | None
    at: datetime


@dataclass(slots=True)
class FastUnit:
    """All that one message writes. It is stored whole or not at all; `future` tells when."""

    schema: str
    station_id: int
    location_id: int
    exchange: Exchange
    future: Future[FastOutcome]
    meter_values: MeterValues | None = None
    status: StatusReported | None = None
    progress: Progress | None = None
    # The socket is new: the same message may have been stored through an older one.
    may_be_repeated: bool = False


@dataclass(slots=True)
class FastOutcome:
    """What came of a unit: ids for live views, the stored answer where it was a repetition."""

    repeated_answer: str = ""
    changed_station: bool = False
    activation_id: int | None = None


def progress_of(transaction_id: int, samples: Iterable[Sample]) -> Progress | None:
    """Return the newest energy register and power of samples in order of time; None without them.

    Power that comes by phase only is the sum of the phases of its last instant.
    """
    meter: Sample | None = None
    power: Sample | None = None
    phases: list[Sample] = []
    for sample in samples:
        if sample.value is None:
            continue
        if sample.measurand == ENERGY and sample.phase is None:
            meter = sample
        elif sample.measurand == POWER and sample.phase is None:
            power = sample
        elif sample.measurand == POWER:
            phases = [other for other in phases if other.at == sample.at] + [sample]
    newest = power or (phases[-1] if phases else None)
    if meter is None and newest is None:
        return None
    watts = power.value if power else sum((one.value or Decimal(0) for one in phases), Decimal(0))
    return Progress(
        transaction_id,
        whole(meter.value) if meter else None,
        whole(watts) if newest else None,
        max(sample.at for sample in (meter, newest) if sample is not None),
    )


def whole(value: Decimal | None) -> int | None:
    """Return the nearest whole number, None where it does not fit into 64 bits."""
    if value is None or abs(value) >= WHOLE_LIMIT:
        return None
    return round(value)
