"""Power and energy of a session over time, from its meter values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

ENERGY = "Energy.Active.Import.Register"
POWER = "Power.Active.Import"
SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Reading:
    """One meter value: energy in Wh, power in W; `phase` empty for the sum of all phases."""

    at: datetime
    measurand: str
    phase: str
    value: Decimal


@dataclass(slots=True)
class Curve:
    """Columns of equal length, oldest first: times, energy since the start in Wh, power in W."""

    times: list[datetime] = field(default_factory=list)
    energy_wh: list[Decimal | None] = field(default_factory=list)
    power_w: list[Decimal | None] = field(default_factory=list)
    is_power_computed: bool = False

    @property
    def is_empty(self) -> bool:
        return len(self.times) < 2


def curve(readings: Iterable[Reading], *, meter_start_wh: int) -> Curve:
    """Return the session's curve.

    Power by phase is added up where no sum was sent; where no power was sent at all, it is the mean
    between two energy readings. Energy by phase is left out, it is not the billing register.
    """
    energy: dict[datetime, Decimal] = {}
    total: dict[datetime, Decimal] = {}
    by_phase: dict[datetime, Decimal] = {}
    for reading in readings:
        if reading.measurand == ENERGY and not reading.phase:
            energy[reading.at] = reading.value - meter_start_wh
        elif reading.measurand == POWER and not reading.phase:
            total[reading.at] = reading.value
        elif reading.measurand == POWER:
            by_phase[reading.at] = by_phase.get(reading.at, Decimal(0)) + reading.value
    power = {**by_phase, **total}
    is_computed = not power
    if is_computed:
        power = mean_power(energy)
    times = sorted({*energy, *power})
    return Curve(
        times=times,
        energy_wh=[energy.get(at) for at in times],
        power_w=[power.get(at) for at in times],
        is_power_computed=is_computed and bool(power),
    )


def mean_power(energy: dict[datetime, Decimal]) -> dict[datetime, Decimal]:
    """Return the mean power in W up to each reading: (0 s, 0 Wh), (900 s, 500 Wh) -> 2000 W."""
    times = sorted(energy)
    power = {}
    for before, after in pairwise(times):
        seconds = Decimal(str((after - before).total_seconds()))
        power[after] = (energy[after] - energy[before]) * SECONDS_PER_HOUR / seconds
    return power
