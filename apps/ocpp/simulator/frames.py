"""OCPP-J frames as the charger reads and writes them (OCPP-J 1.6, section 4)."""

import json
from dataclasses import dataclass, field
from typing import Any

Payload = dict[str, Any]

CALL = 2
CALL_RESULT = 3
CALL_ERROR = 4


class FrameError(ValueError):
    """The text is no OCPP-J frame."""


@dataclass(frozen=True, slots=True)
class Call:
    """`[2, id, action, payload]`."""

    message_id: str
    action: str
    payload: Payload


@dataclass(frozen=True, slots=True)
class Result:
    """`[3, id, payload]`."""

    message_id: str
    payload: Payload


@dataclass(frozen=True, slots=True)
class Error:
    """`[4, id, code, description, details]`."""

    message_id: str
    code: str
    description: str = ""
    details: Payload = field(default_factory=dict)


Frame = Call | Result | Error


def dump(frame: Frame) -> str:
    """Return the text of a frame, without blanks."""
    match frame:
        case Call():
            parts: list[Any] = [CALL, frame.message_id, frame.action, frame.payload]
        case Result():
            parts = [CALL_RESULT, frame.message_id, frame.payload]
        case Error():
            parts = [CALL_ERROR, frame.message_id, frame.code, frame.description, frame.details]
    return json.dumps(parts, separators=(",", ":"), ensure_ascii=False)


def parse(text: str | bytes) -> Frame:
    """Return the frame of a text; raise FrameError for anything else."""
    try:
        parts = json.loads(text)
    except ValueError as error:
        raise FrameError(f"no JSON: {error}") from error
    match parts:
        case [2, str(message_id), str(action), dict(payload)]:
            return Call(message_id, action, payload)
        case [2, str(message_id), str(action), None]:
            return Call(message_id, action, {})
        case [3, str(message_id), dict(payload)]:
            return Result(message_id, payload)
        case [3, str(message_id), None]:
            return Result(message_id, {})
        case [4, str(message_id), str(code), *rest]:
            description = rest[0] if rest and isinstance(rest[0], str) else ""
            details = rest[1] if len(rest) > 1 and isinstance(rest[1], dict) else {}
            return Error(message_id, code, description, details)
    raise FrameError("no frame of type 2, 3 or 4")
