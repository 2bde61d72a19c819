"""Which readings begin and end a session, on which register (DOMAIN 1.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apps.charge_records.domain.ocmf.codes import ReasonCode
from apps.charge_records.domain.ocmf.records import Reading, Record
from apps.charge_records.domain.ocmf.registers import Register


@dataclass(frozen=True, slots=True)
class Placed:
    """A reading and the record that it stands in."""

    reading: Reading
    record: Record


@dataclass(frozen=True, slots=True)
class Span:
    """Begin and end of a session; None, with the reasons, where there is not exactly one each."""

    begin: Placed | None
    end: Placed | None
    reasons: tuple[ReasonCode, ...] = ()


def find_span(records: Sequence[Record]) -> Span:
    """Return begin and end on the register to be billed.

    The first register in order of preference that has both; compensated ones alone where there are
    any. Nothing is concluded from the order of the records.
    """
    by_register = _by_register(records)
    if not by_register:
        return Span(None, None, (ReasonCode.NO_BILLING_REGISTER,))
    candidates = sorted(by_register)
    if any(register.is_compensated for register in candidates):
        candidates = [register for register in candidates if register.is_compensated]
    for register in candidates:
        begins, ends = _begins(by_register[register]), _ends(by_register[register])
        if begins and ends:
            return _span(begins, ends)
    return Span(None, None, _why_incomplete(by_register, candidates))


def _by_register(records: Sequence[Record]) -> dict[Register, list[Placed]]:
    found: dict[Register, list[Placed]] = {}
    for record in records:
        for reading in record.readings:
            if reading.register is not None:
                found.setdefault(reading.register, []).append(Placed(reading, record))
    return found


def _begins(placed: Sequence[Placed]) -> list[Placed]:
    return _distinct([item for item in placed if item.reading.is_begin])


def _ends(placed: Sequence[Placed]) -> list[Placed]:
    return _distinct([item for item in placed if item.reading.is_end])


def _distinct(placed: list[Placed]) -> list[Placed]:
    """Drop readings that merely repeat one: the same time and value, signed once more.

    A reason taken over from the reading before counts where no reading of the register states it
    itself, and then once.
    """
    stated = [item for item in placed if not item.reading.is_reason_inherited] or placed[:1]
    return list(
        {
            (item.reading.at_text, item.reading.value, item.reading.unit): item
            for item in reversed(stated)
        }.values()
    )[::-1]


def _span(begins: list[Placed], ends: list[Placed]) -> Span:
    reasons = []
    if len(begins) > 1:
        reasons.append(ReasonCode.MULTIPLE_BEGIN)
    if len(ends) > 1:
        reasons.append(ReasonCode.MULTIPLE_END)
    if reasons:
        return Span(None, None, tuple(reasons))
    return Span(begins[0], ends[0])


def _why_incomplete(
    by_register: dict[Register, list[Placed]], candidates: list[Register]
) -> tuple[ReasonCode, ...]:
    every = [item for placed in by_register.values() for item in placed]
    begins, ends = _begins(every), _ends(every)
    if begins and ends:
        return (ReasonCode.REGISTER_MISMATCH,)
    reasons = []
    if not begins:
        reasons.append(ReasonCode.NO_BEGIN)
    if not ends:
        reasons.append(ReasonCode.NO_END)
    for register in candidates:
        if len(_begins(by_register[register])) > 1:
            reasons.append(ReasonCode.MULTIPLE_BEGIN)
        if len(_ends(by_register[register])) > 1:
            reasons.append(ReasonCode.MULTIPLE_END)
    return tuple(reasons)
