"""How a command of the central system is answered: first the payload, then the effect."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apps.ocpp.simulator.frames import Payload

if TYPE_CHECKING:
    from apps.ocpp.simulator.charger import SimulatedCharger

Effect = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Reply:
    """The payload of the CALLRESULT, and what happens once it has left."""

    payload: Payload
    effect: Effect | None = None


Handler = Callable[["SimulatedCharger", Payload], Reply]


class MalformedCallError(Exception):
    """A call lacks a field or has one of the wrong type; answered with a CALLERROR."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code


def status(word: str, effect: Effect | None = None) -> Reply:
    """Return the usual answer `{"status": word}`."""
    return Reply({"status": word}, effect)


def text_field(payload: Payload, name: str) -> str:
    """Return a required text; raise MalformedCallError."""
    value = _required(payload, name)
    if not isinstance(value, str):
        raise MalformedCallError("TypeConstraintViolation", f"{name} is no text")
    return value


def integer_field(payload: Payload, name: str) -> int:
    """Return a required whole number; raise MalformedCallError."""
    value = _required(payload, name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise MalformedCallError("TypeConstraintViolation", f"{name} is no whole number")
    return value


def object_field(payload: Payload, name: str) -> Payload:
    """Return a required object; raise MalformedCallError."""
    value = _required(payload, name)
    if not isinstance(value, dict):
        raise MalformedCallError("TypeConstraintViolation", f"{name} is no object")
    return value


def _required(payload: Payload, name: str) -> Any:
    if name not in payload:
        raise MalformedCallError("OccurenceConstraintViolation", f"{name} is missing")
    return payload[name]
