"""OCPP-J frames: text from the socket to a frame and back. Nothing a charger sends raises here.

Source: OCPP-J 1.6 specification, section 4; what is forgiven stands in `adapters/README.md`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import orjson

JsonObject = dict[str, Any]

# OCPP-J 1.6, 4.1.4: a message id has at most 36 characters.
MESSAGE_ID_MAX = 36
# OCPP-J 1.6, 4.2.3: an error description has at most 255 characters.
ERROR_DESCRIPTION_MAX = 255
# Used as message id where the sender's could not be read (OCPP-J 2.0.1, 4.2.3).
UNKNOWN_MESSAGE_ID = "-1"
# Ours: the deepest message of OCPP 1.6 (SetChargingProfile) nests 6 levels.
MAX_DEPTH = 32
# Ours: longer messages are not searched for unpaired surrogates; real ones stay far below.
REPAIR_MAX = 256 * 1024
# Flag of a frame that was read only after U+FFFD took the place of unpaired surrogates.
SURROGATE_REPLACED = "surrogate_replaced"

CALL, CALL_RESULT, CALL_ERROR = 2, 3, 4

_ANSWER_START = re.compile(r"^\s*\[\s*[34]\s*,")
_MESSAGE_ID_START = re.compile(r'^\s*\[\s*[2-4]\s*,\s*"([^"\\\x00-\x1f\ud800-\udfff]{1,36})"')
_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
# Every escape of a JSON text, a surrogate pair as one; group 1: a surrogate without its other half.
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


class ErrorCode(StrEnum):
    """Error codes of OCPP-J 1.6, 4.2.3, in its own spelling (sic: Formation, Occurence)."""

    NOT_IMPLEMENTED = "NotImplemented"
    NOT_SUPPORTED = "NotSupported"
    INTERNAL_ERROR = "InternalError"
    PROTOCOL_ERROR = "ProtocolError"
    SECURITY_ERROR = "SecurityError"
    FORMATION_VIOLATION = "FormationViolation"
    PROPERTY_CONSTRAINT_VIOLATION = "PropertyConstraintViolation"
    OCCURENCE_CONSTRAINT_VIOLATION = "OccurenceConstraintViolation"
    TYPE_CONSTRAINT_VIOLATION = "TypeConstraintViolation"
    GENERIC_ERROR = "GenericError"


@dataclass(frozen=True, slots=True)
class Call:
    """A request: `[2, message_id, action, payload]`. `flags`: what had to be forgiven."""

    message_id: str
    action: str
    payload: JsonObject
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallResult:
    """An answer: `[3, message_id, payload]`."""

    message_id: str
    payload: JsonObject
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallError:
    """A refusal: `[4, message_id, code, description, details]`. `code` is any text on receipt."""

    message_id: str
    code: str
    description: str = ""
    details: JsonObject = field(default_factory=dict)
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Malformed:
    """Not a frame. `message_id` is "-1" where it could not be read.

    `is_answer`: it was meant as CALLRESULT or CALLERROR, so it must not be answered.
    """

    code: ErrorCode
    message_id: str
    reason: str
    is_answer: bool = False


Frame = Call | CallResult | CallError | Malformed


def storable(text: str) -> str:
    """Return the text with U+FFFD for what PostgreSQL cannot keep: NUL and lone surrogates."""
    if text.isascii() and "\x00" not in text:
        return text
    return _NOT_STORABLE.sub("\ufffd", text)


def parse(message: str | bytes) -> Frame:
    """Return the frame in a message from the socket; never raises.

    Forgiven: payload null or left out of an answer (-> {}), CALLERROR cut short, and, named in the
    frame's flags, surrogates without their other half.
    Example: `[2,"7","Heartbeat",null]` -> Call("7", "Heartbeat", {}).
    """
    try:
        parts = orjson.loads(message)
    except ValueError as error:
        return _parse_repaired(message, str(error))
    return _frame(message, parts)


def _parse_repaired(message: str | bytes, reason: str) -> Frame:
    """Read a message again with U+FFFD for unpaired surrogates: no meter value is lost for one.

    The same reader reads the mended text, so every limit on depth and numbers stays.
    """
    mended = _mended(message)
    if mended is None:
        return _not_json(message, reason)
    try:
        parts = orjson.loads(mended)
    except ValueError as error:
        return _not_json(message, str(error))
    frame = _frame(mended, parts)
    return frame if isinstance(frame, Malformed) else replace(frame, flags=(SURROGATE_REPLACED,))


def _mended(message: str | bytes) -> str | None:
    """Return the text without unpaired surrogates; None where it has none or is no such text."""
    if len(message) > REPAIR_MAX:
        return None
    if isinstance(message, bytes):
        try:
            message = message.decode()
        except UnicodeDecodeError:
            return None
    plain = _SURROGATE.sub("\ufffd", message)
    mended = _ESCAPE.sub(lambda escape: r"\ufffd" if escape[1] else escape[0], plain)
    return None if mended == message else mended


def _frame(message: str | bytes, parts: Any) -> Frame:
    if not isinstance(parts, list) or not parts:
        return Malformed(ErrorCode.FORMATION_VIOLATION, UNKNOWN_MESSAGE_ID, "not an array")
    kind = parts[0]
    is_answer = kind in (CALL_RESULT, CALL_ERROR)
    if type(kind) is not int or not (is_answer or kind == CALL):
        return Malformed(ErrorCode.PROTOCOL_ERROR, _readable_id(parts), "unknown message type")
    message_id = _readable_id(parts)
    fault = _id_fault(parts) or ("nested too deeply" if _is_too_deep(message, parts) else "")
    if fault:
        return Malformed(ErrorCode.FORMATION_VIOLATION, message_id, fault, is_answer)
    if kind == CALL:
        return _call(message_id, parts)
    if kind == CALL_RESULT:
        return _call_result(message_id, parts)
    return _call_error(message_id, parts)


def serialise(frame: Call | CallResult | CallError) -> str:
    """Return the frame as compact JSON text."""
    parts: list[Any]
    if isinstance(frame, Call):
        parts = [CALL, frame.message_id, frame.action, frame.payload]
    elif isinstance(frame, CallResult):
        parts = [CALL_RESULT, frame.message_id, frame.payload]
    else:
        description = frame.description[:ERROR_DESCRIPTION_MAX]
        parts = [CALL_ERROR, frame.message_id, frame.code, description, frame.details]
    return json_text(parts)


def json_text(value: Any) -> str:
    """Return a JSON value as compact text, whatever its depth and characters."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        # orjson stops at 254 levels, at 64 bits and at lone surrogates; the slow writer does not.
        return json.dumps(value, separators=(",", ":"))


def _not_json(message: str | bytes, reason: str) -> Malformed:
    if isinstance(message, bytes):
        message = message.decode("utf-8", "replace")
    found = _MESSAGE_ID_START.match(message)
    return Malformed(
        ErrorCode.FORMATION_VIOLATION,
        found[1] if found else UNKNOWN_MESSAGE_ID,
        storable(f"not JSON: {reason}"),
        is_answer=_ANSWER_START.match(message) is not None,
    )


def _readable_id(parts: list[Any]) -> str:
    if len(parts) < 2:
        return UNKNOWN_MESSAGE_ID
    message_id = parts[1]
    if isinstance(message_id, str) and message_id:
        return message_id
    if type(message_id) is int:
        return str(message_id)
    return UNKNOWN_MESSAGE_ID


def _id_fault(parts: list[Any]) -> str:
    if len(parts) < 2:
        return "no message id"
    message_id = parts[1]
    if not isinstance(message_id, str) or not message_id:
        return "message id is no text"
    if len(message_id) > MESSAGE_ID_MAX:
        return f"message id longer than {MESSAGE_ID_MAX} characters"
    return ""


def _is_too_deep(message: str | bytes, parts: list[Any]) -> bool:
    """Tell whether the frame nests deeper than MAX_DEPTH; cheap for ordinary frames."""
    if isinstance(message, str):
        brackets = message.count("[") + message.count("{")
    else:
        brackets = message.count(b"[") + message.count(b"{")
    if brackets <= MAX_DEPTH:
        return False
    level: list[Any] = [parts]
    for _ in range(MAX_DEPTH):
        deeper: list[Any] = []
        for value in level:
            children = value.values() if isinstance(value, dict) else value
            deeper.extend(child for child in children if isinstance(child, (dict, list)))
        if not deeper:
            return False
        level = deeper
    return True


def _call(message_id: str, parts: list[Any]) -> Call | Malformed:
    if len(parts) < 3 or not isinstance(parts[2], str) or not parts[2]:
        return Malformed(ErrorCode.FORMATION_VIOLATION, message_id, "no action")
    if len(parts) != 4:
        return Malformed(ErrorCode.FORMATION_VIOLATION, message_id, "a CALL has four elements")
    payload = {} if parts[3] is None else parts[3]
    if not isinstance(payload, dict):
        return Malformed(ErrorCode.FORMATION_VIOLATION, message_id, "the payload is no object")
    return Call(message_id, parts[2], payload)


def _call_result(message_id: str, parts: list[Any]) -> CallResult | Malformed:
    payload = parts[2] if len(parts) > 2 else None
    if payload is None:
        payload = {}
    if not isinstance(payload, dict):
        return Malformed(
            ErrorCode.FORMATION_VIOLATION, message_id, "the payload is no object", is_answer=True
        )
    return CallResult(message_id, payload)


def _call_error(message_id: str, parts: list[Any]) -> CallError:
    code, description, details = [*parts[2:5], None, None, None][:3]
    return CallError(
        message_id,
        code if isinstance(code, str) else "",
        description if isinstance(description, str) else "",
        details if isinstance(details, dict) else {},
    )
