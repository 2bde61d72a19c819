"""Judging a record again: what causes it, marks that people set, and what stays (CDR-11)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from apps.charge_records.domain.eka import may_become
from apps.charge_records.domain.outcome import Outcome
from apps.charge_records.domain.statuses import BdrDetail, BdrMain, EkaStatus, ErrorClass


class EvaluationCause(StrEnum):
    """Why a record was judged. The first four are also causes of a check by calibration law."""

    SETTLEMENT = "settlement"
    WAITING = "waiting"
    KEY_SAVED = "key_saved"
    BY_HAND = "by_hand"
    EXCLUDED = "excluded"
    GOODWILL = "goodwill"
    TAKEN_BACK = "taken_back"
    # Master data were mended since.
    AGAIN = "again"
    # It stood before its history was kept.
    EARLIER = "earlier"


class Mark(StrEnum):
    """What a person can say of a record; each has its detailed status (DOMAIN 5, rule 8)."""

    MANUAL = "manual"
    GOODWILL = "goodwill"


CAUSE_OF = {Mark.MANUAL: EvaluationCause.EXCLUDED, Mark.GOODWILL: EvaluationCause.GOODWILL}
DETAIL_OF = {Mark.MANUAL: BdrDetail.MANUAL, Mark.GOODWILL: BdrDetail.GOODWILL}


class Kept(StrEnum):
    """Why the EKA of a record stays whatever is known now."""

    VALID = "valid"
    IRRELEVANT = "irrelevant"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a record says; two are equal where nothing changed."""

    main: BdrMain
    detail: BdrDetail | None
    findings: tuple[BdrDetail, ...]
    error_class: ErrorClass | None
    eka: EkaStatus
    energy_wh: int
    medium: str
    emaid: str

    @property
    def outcome(self) -> Outcome:
        """As the rules gave it, with the error that is kept."""
        classes = (self.error_class,) if self.error_class else ()
        return Outcome(self.main, self.detail, self.findings, classes)


def marks_in_force(steps: Iterable[tuple[Mark, bool]]) -> frozenset[Mark]:
    """Return the marks that hold after these steps, oldest first; True: set, False: taken back.

    [(MANUAL, True), (GOODWILL, True), (MANUAL, False)] -> {GOODWILL}
    """
    newest = dict(steps)
    return frozenset(mark for mark, is_set in newest.items() if is_set)


def eka_after(before: EkaStatus, found: EkaStatus) -> tuple[EkaStatus, Kept | None]:
    """Return the EKA that an evaluation leaves, and why it is not what was found just now."""
    if found is before:
        return before, None
    if may_become(before, found):
        return found, None
    return before, Kept(before.value)
