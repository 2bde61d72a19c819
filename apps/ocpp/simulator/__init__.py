"""Simulated OCPP 1.6J chargers: demo, test double and load generator in one.

Knows nothing of the central system's own code, so that it is a fair test of it.
"""

from apps.ocpp.simulator.charger import SimulatedCharger
from apps.ocpp.simulator.clock import Clock
from apps.ocpp.simulator.counters import Counters
from apps.ocpp.simulator.link import (
    CallRefusedError,
    CallTimeoutError,
    HandshakeRefusedError,
    LinkClosedError,
    LinkError,
)
from apps.ocpp.simulator.transactions import Transaction
from apps.ocpp.simulator.vehicle import Vehicle

__all__ = [
    "CallRefusedError",
    "CallTimeoutError",
    "Clock",
    "Counters",
    "HandshakeRefusedError",
    "LinkClosedError",
    "LinkError",
    "SimulatedCharger",
    "Transaction",
    "Vehicle",
]
