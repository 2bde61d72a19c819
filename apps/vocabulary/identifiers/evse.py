"""EVSE ids (charge points) in the ISO and the DIN notation.

Sources: BDEW bdew-codes.de, OICP, OCHP as restated in the project's domain facts, 3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Accepted up to 31 (OCHP), generated up to 30 (BDEW, OICP).
OUTLET_MAX = 31
GENERATED_OUTLET_MAX = 30

_ISO = re.compile(
    r"(?P<country>[A-Z]{2})(?P<first>\*?)(?P<operator>[A-Z0-9]{3})(?P<second>\*?)"
    r"E(?P<outlet>[A-Z0-9*]{1,31})",
    re.ASCII,
)
_DIN = re.compile(
    r"\+?(?P<country>\d{1,3})\*(?P<operator>\d{3,6})\*(?P<outlet>[\d*]{1,32})", re.ASCII
)


@dataclass(frozen=True, slots=True)
class EvseId:
    """An EVSE id. `syntax`: "iso" or "din"; `country` is "+49" in the latter."""

    syntax: str
    country: str
    operator: str
    outlet: str

    @property
    def normalized(self) -> str:
        """Separators after country and operator: "DE*AB7*E840*6487", "+49*823*1234*5678"."""
        mark = "E" if self.syntax == "iso" else ""
        return f"{self.country}*{self.operator}*{mark}{self.outlet}"

    @property
    def compact(self) -> str | None:
        """Without separators, ISO only: two texts name one EVSE where this is equal."""
        return self.normalized.replace("*", "") if self.syntax == "iso" else None


def parse_evse_id(text: str) -> EvseId | None:
    """Return the EVSE id in a text, upper-cased; None where it is none."""
    if not text.isascii():
        return None
    upper = text.strip().upper()
    found = _ISO.fullmatch(upper)
    if found is not None:
        if not found["outlet"].strip("*"):
            return None
        return EvseId("iso", found["country"], found["operator"], found["outlet"])
    found = _DIN.fullmatch(upper)
    if found is None or not found["outlet"].strip("*"):
        return None
    return EvseId("din", f"+{found['country']}", found["operator"], found["outlet"])


def same_evse(one: str, other: str) -> bool:
    """Tell whether two texts name one EVSE: separators and case do not matter in ISO notation."""
    first, second = parse_evse_id(one), parse_evse_id(other)
    if first is None or second is None:
        return False
    return (first.compact or first.normalized) == (second.compact or second.normalized)
