"""Judging a record again: what causes it, marks that people set, and what stays (CDR-11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from apps.charge_records.domain.eka import may_become
from apps.charge_records.domain.statuses import BdrDetail, BdrMain, EkaStatus, ErrorClass

# Main and detailed status before, main and detailed status afterwards, by their codes.
Change = tuple[str, str, str, str]


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


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the evaluation of many records got: `after` is the key of the last one.

    `changes`: how many went from which status to which, {("error", "emp_unknown", "successful",
    ""): 3}; a record whose status stayed is in none, also where something else of it changed.
    """

    after: int = 0
    done: int = 0
    changed: int = 0
    changes: Mapping[Change, int] = field(default_factory=dict)

    def with_next(self, key: int, before: Standing, after: Standing) -> Progress:
        """Return the progress with one more record."""
        change = (*status_of(before), *status_of(after))
        changes = dict(self.changes)
        if status_of(before) != status_of(after):
            changes[change] = changes.get(change, 0) + 1
        changed = self.changed + (before != after)
        return Progress(key, self.done + 1, changed, changes)

    def to_json(self) -> dict[str, Any]:
        """Return plain values, as a job keeps them."""
        changes = [[*change, number] for change, number in sorted(self.changes.items())]
        return {
            "after": self.after,
            "done": self.done,
            "changed": self.changed,
            "changes": changes,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Progress:
        """Return what `to_json` wrote; nothing done for an empty mapping."""
        if not values:
            return cls()
        changes = {tuple(change): number for *change, number in values["changes"]}
        return cls(values["after"], values["done"], values["changed"], changes)


def status_of(standing: Standing) -> tuple[str, str]:
    """Return main and detailed status ("" for none) by their codes."""
    return standing.main.value, standing.detail.value if standing.detail else ""
