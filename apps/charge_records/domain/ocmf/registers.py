"""Registers by OBIS code: which of them is billed (OCMF 1.4, table 25; DOMAIN 1.4 and 1.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CODE = re.compile(
    r"([0-9A-F]{1,3})-([0-9A-F]{1,3}):([0-9A-F]{1,3})\.([0-9A-F]{1,3})"
    r"(?:\.([0-9A-F]{1,3}))?(?:[.*]([0-9A-F]{1,3}))?"
)

# Value group C of energy taken from the grid, hexadecimal, preferred first: at the car in this
# transaction (B3), at the car (B1, 98), at the meter in this transaction (B2), at the meter.
_BILLED_QUANTITIES = (0xB3, 0xB1, 0x98, 0xB2, 0xB0, 0x9E, 0x01)
# Those that leave out what the cable loses; where there is one, only these count.
_COMPENSATED = frozenset({0xB3, 0xB1, 0x98})
# Value group F: the current total, in each way it is written.
_CURRENT_TOTAL = frozenset({0x00, 0xFF, 0x200, 0x255})
_ELECTRICITY, _TIME_INTEGRAL = 1, 8


@dataclass(frozen=True, slots=True, order=True)
class Register:
    """A register of imported energy; sorts by preference, then by tariff (0: the total)."""

    rank: int
    tariff: int
    channel: int

    @property
    def is_compensated(self) -> bool:
        """Losses of the cable are taken off."""
        return _BILLED_QUANTITIES[self.rank] in _COMPENSATED


def billing_register(code: str) -> Register | None:
    """Return the register of an OBIS code if it may be billed, else None; digits are hexadecimal.

    Example: "01-00:B2.08.00*FF" and "1-b:1.8.0" may, "1-0:2.8.0" (export) may not.
    """
    found = _CODE.fullmatch(code.strip().upper())
    if found is None:
        return None
    medium, channel, quantity, kind, tariff, period = (
        int(group or "0", 16) for group in found.groups()
    )
    if medium != _ELECTRICITY or kind != _TIME_INTEGRAL or period not in _CURRENT_TOTAL:
        return None
    if quantity not in _BILLED_QUANTITIES:
        return None
    return Register(_BILLED_QUANTITIES.index(quantity), tariff, channel)
