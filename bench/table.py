"""Lines of the one table: what was measured, what it should be, and what the floor needs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

HEAD = ("measure", "measured", "target", "floor", "times", "verdict")


class Bound(StrEnum):
    """How a figure and its target compare when the target is met."""

    AT_MOST = "≤"
    AT_LEAST = "≥"


class Verdict(StrEnum):
    """`BROKEN`: something was lost, doubled, changed or refused: no matter of speed."""

    MET = "met"
    MISSED = "missed"
    BROKEN = "BROKEN"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure is held to. `is_vital`: a miss fails the run."""

    bound: Bound
    limit: float
    is_vital: bool = False

    def is_met_by(self, value: float) -> bool:
        return value <= self.limit if self.bound is Bound.AT_MOST else value >= self.limit


def at_most(limit: float) -> Target:
    return Target(Bound.AT_MOST, limit)


def at_least(limit: float) -> Target:
    return Target(Bound.AT_LEAST, limit)


def none_at_all() -> Target:
    """Return the target of what must not happen: losses, doubles, refusals, tracebacks."""
    return Target(Bound.AT_MOST, 0, is_vital=True)


@dataclass(frozen=True, slots=True)
class Line:
    """One figure. `unit` stands behind it; `places` behind the decimal point."""

    measure: str
    value: float | None
    unit: str = ""
    target: Target | None = None
    floor: float | None = None
    places: int = 0

    @property
    def verdict(self) -> Verdict:
        """Judge what was measured; what could not be measured has no verdict."""
        if self.target is None or self.value is None:
            return Verdict.NONE
        if self.target.is_met_by(self.value):
            return Verdict.MET
        return Verdict.BROKEN if self.target.is_vital else Verdict.MISSED

    def cells(self) -> Sequence[str]:
        """Return the texts of the columns of HEAD."""
        unit = f" {self.unit}" if self.unit else ""
        times = self.value / self.floor if self.value is not None and self.floor else None
        return (
            self.measure,
            "not measured" if self.value is None else f"{self.text(self.value)}{unit}",
            f"{self.target.bound} {self.target.limit:g}" if self.target else "",
            self.text(self.floor) if self.floor is not None else "",
            f"{times:.1f}" if times is not None else "",
            self.verdict.value,
        )

    def text(self, value: float | None) -> str:
        return "-" if value is None else f"{value:,.{self.places}f}"


def render(lines: Iterable[Line]) -> str:
    """Return the table as text, the first and last column to the left, figures to the right."""
    rows = [HEAD, *(line.cells() for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in {0, len(HEAD) - 1} else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
