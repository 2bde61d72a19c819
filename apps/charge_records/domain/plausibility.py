"""Is a finished session plausible? Facts in, all findings out (DOMAIN 5, rules 1 to 12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from apps.charge_records.domain.statuses import BdrDetail

# FAQ "What does the BDR status mean?": thresholds; a value exactly at a limit is inside.
CONSUMPTION_MIN_WH = 200
CONSUMPTION_MAX_WH = 5_000_000
DURATION_MIN = timedelta(minutes=1)
# 14 x 24 h, whatever the clocks do (our decision for "14 days").
DURATION_MAX = timedelta(days=14)
# FAQ "Power implausible for EVSE": 10 % tolerance; upwards only (our decision).
POWER_TOLERANCE = Fraction(110, 100)

_MICROSECOND = timedelta(microseconds=1)
_MICROSECONDS_PER_HOUR = 3_600_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """What is known of a finished session. Times are aware; `end`, `energy_wh` None: never came.

    `max_power_w`: charging power configured for the charge point, None where none is kept.
    """

    received_at: datetime
    start: datetime
    end: datetime | None
    energy_wh: int | None
    max_power_w: int | None = None
    is_duplicate: bool = False
    is_emp_known: bool = True
    is_manually_excluded: bool = False
    is_goodwill: bool = False
    is_cpo_voucher: bool = False
    is_fair_mode: bool = False
    is_transnational: bool = False

    @property
    def duration(self) -> timedelta | None:
        """End less start, in elapsed time; None without an end."""
        return None if self.end is None else self.end - self.start

    @property
    def is_complete(self) -> bool:
        """Both an end and an amount of energy are known."""
        return self.end is not None and self.energy_wh is not None

    @property
    def mean_power_w(self) -> Fraction | None:
        """Energy by duration, exact; None where one is missing or the duration is zero."""
        duration = self.duration
        if duration is None or self.energy_wh is None or not duration:
            return None
        return Fraction(self.energy_wh * _MICROSECONDS_PER_HOUR, duration // _MICROSECOND)


def findings(facts: SessionFacts) -> tuple[BdrDetail, ...]:
    """Return everything that is wrong with a session, in the order of DOMAIN 5; the first is shown.

    Rules whose facts are missing do not speak. Example: -4,200 Wh in an hour ->
    (NEGATIVE_ENERGY, NEGATIVE_POWER, CONSUMPTION_TOO_LOW).
    """
    return (*_errors(facts), *_flagged_exclusions(facts), *_measured_exclusions(facts))


def _errors(facts: SessionFacts) -> list[BdrDetail]:
    found: list[BdrDetail] = []
    if facts.is_duplicate:
        found.append(BdrDetail.SESSION_DATA_EXISTS)
    if not facts.is_emp_known:
        found.append(BdrDetail.EMP_UNKNOWN)
    if facts.start > facts.received_at:
        found.append(BdrDetail.START_IN_FUTURE)
    if facts.duration is not None and facts.duration < timedelta(0):
        found.append(BdrDetail.NEGATIVE_DURATION)
    if facts.energy_wh is not None and facts.energy_wh < 0:
        found.append(BdrDetail.NEGATIVE_ENERGY)
    power_w = facts.mean_power_w
    if power_w is not None and power_w < 0:
        found.append(BdrDetail.NEGATIVE_POWER)
    if power_w is not None and facts.max_power_w and power_w > facts.max_power_w * POWER_TOLERANCE:
        found.append(BdrDetail.POWER_IMPLAUSIBLE)
    return found


def _flagged_exclusions(facts: SessionFacts) -> list[BdrDetail]:
    flags = (
        (facts.is_manually_excluded, BdrDetail.MANUAL),
        (facts.is_goodwill, BdrDetail.GOODWILL),
        (facts.is_cpo_voucher, BdrDetail.CPO_VOUCHER),
        (facts.is_fair_mode, BdrDetail.FAIR_MODE),
        (facts.is_transnational, BdrDetail.TRANSNATIONAL),
    )
    return [detail for holds, detail in flags if holds]


def _measured_exclusions(facts: SessionFacts) -> list[BdrDetail]:
    found: list[BdrDetail] = []
    if facts.energy_wh is not None and facts.energy_wh < CONSUMPTION_MIN_WH:
        found.append(BdrDetail.CONSUMPTION_TOO_LOW)
    if facts.energy_wh is not None and facts.energy_wh > CONSUMPTION_MAX_WH:
        found.append(BdrDetail.CONSUMPTION_TOO_HIGH)
    if facts.duration is not None and facts.duration < DURATION_MIN:
        found.append(BdrDetail.DURATION_TOO_SHORT)
    if facts.duration is not None and facts.duration > DURATION_MAX:
        found.append(BdrDetail.DURATION_TOO_LONG)
    return found
