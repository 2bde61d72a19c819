"""The charging modes of IEC 61851-1 and what goes with each: current and connectors.

Mode 1 (a plain cable without any control) has no charger, so nobody can operate one.
"""

from collections.abc import Collection
from enum import IntEnum

AC, DC = "ac", "dc"


class ChargingMode(IntEnum):
    """IEC 61851-1, 6.2: how a charge point and a vehicle come to charge."""

    SOCKET = 2
    AC = 3
    DC = 4


# By the values of `choices.ConnectorType`; one that is not named fits every mode.
FITTING: dict[ChargingMode, frozenset[str]] = {
    ChargingMode.SOCKET: frozenset({"schuko"}),
    ChargingMode.AC: frozenset({"type1", "type2"}),
    ChargingMode.DC: frozenset({"ccs1", "ccs2", "chademo"}),
}
NAMED = frozenset[str]().union(*FITTING.values())


def current_of(mode: ChargingMode) -> str:
    """Return what flows into the vehicle: only mode 4 is DC."""
    return DC if mode is ChargingMode.DC else AC


def mode_of(current: str, connector_types: Collection[str]) -> ChargingMode:
    """Return the mode that master data speak of: DC is mode 4, AC by household sockets mode 2."""
    if current == DC:
        return ChargingMode.DC
    sockets = FITTING[ChargingMode.SOCKET]
    is_socket = bool(connector_types) and all(name in sockets for name in connector_types)
    return ChargingMode.SOCKET if is_socket else ChargingMode.AC


def fits(mode: ChargingMode, connector_type: str) -> bool:
    """Say whether a connector of this type can be there in the mode."""
    return connector_type not in NAMED or connector_type in FITTING[mode]
