"""The official JSON schemas of OCPP 1.6, compiled once at import.

The schema files come with the PyPI package `ocpp`; only its data are used. Formats are not
checked here: times have a tolerant parser of their own (`adapters/times.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from jsonschema_rs import (
    Draft4Validator,
    Draft6Validator,
    ValidationError,
    ValidationErrorKind,
)

from apps.ocpp.frames import ErrorCode, JsonObject, storable

Validator = Draft4Validator | Draft6Validator


class Kind(StrEnum):
    """Which half of an exchange a payload is."""

    REQUEST = "request"
    RESPONSE = "response"


@dataclass(frozen=True, slots=True)
class Fault:
    """One breach of a schema. `path`: keys and indexes from the payload down to the value."""

    keyword: str
    code: ErrorCode
    path: tuple[str | int, ...]
    reason: str
    # The name of the field that is missing or not known; else that of the value's own field.
    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the schema says of a payload; the first fault is shown. `path`: "meterValue/0/unit"."""

    ok: bool
    code: ErrorCode | None = None
    path: str = ""
    reason: str = ""
    # Faults that were forgiven, e.g. ("too_long:firmwareVersion",); see adapters/v16/intake.py.
    flags: tuple[str, ...] = ()


VALID = Verdict(ok=True)

# OCPP-J 1.6, 4.2.3: Occurence: a field is there too seldom or too often; Type: wrong data type;
# Property: an invalid value; Formation: not conform to the structure of the message.
_CODES = {
    "required": ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION,
    "minItems": ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION,
    "maxItems": ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION,
    "type": ErrorCode.TYPE_CONSTRAINT_VIOLATION,
    "additionalProperties": ErrorCode.FORMATION_VIOLATION,
    "enum": ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
    "maxLength": ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
    "multipleOf": ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
    "minimum": ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
    "maximum": ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
}

# Requests that a central system receives (OCPP 1.6, section 4; security white paper, section 4).
FROM_CHARGER = frozenset(
    {
        "Authorize",
        "BootNotification",
        "DataTransfer",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "LogStatusNotification",
        "MeterValues",
        "SecurityEventNotification",
        "SignCertificate",
        "SignedFirmwareStatusNotification",
        "StartTransaction",
        "StatusNotification",
        "StopTransaction",
    }
)


def _compile_all() -> dict[tuple[str, Kind], Validator]:
    """Return a validator per action and half, from the files `<Action>[Response].json`."""
    package = find_spec("ocpp")
    if package is None or not package.submodule_search_locations:
        raise ImportError("The package 'ocpp' with the schemas of OCPP 1.6 is not installed.")
    validators: dict[tuple[str, Kind], Validator] = {}
    for path in Path(package.submodule_search_locations[0], "v16", "schemas").glob("*.json"):
        schema = json.loads(path.read_text(encoding="utf-8-sig"))
        action = path.stem.removesuffix("Response")
        kind = Kind.RESPONSE if path.stem.endswith("Response") else Kind.REQUEST
        draft = Draft4Validator if "draft-04" in schema["$schema"] else Draft6Validator
        validators[action, kind] = draft(schema, validate_formats=False)
    return validators


_VALIDATORS = _compile_all()
ACTIONS = frozenset(action for action, _ in _VALIDATORS)
# Requests that a central system sends; DataTransfer goes both ways.
TO_CHARGER = (ACTIONS - FROM_CHARGER) | {"DataTransfer"}


def validate(action: str, kind: Kind, payload: JsonObject) -> Verdict:
    """Return what the schema of the action says of the payload.

    An action that is no message of OCPP 1.6 is NotImplemented. The payload comes from
    `frames.parse`, which bounds its depth (the validator's own limit is 255 levels).
    """
    validator = _VALIDATORS.get((action, kind))
    if validator is None:
        return Verdict(False, ErrorCode.NOT_IMPLEMENTED, reason=f"unknown action {action[:50]}")
    if validator.is_valid(payload):
        return VALID
    return verdict_of(next(faults(action, kind, payload)))


def verdict_of(fault: Fault) -> Verdict:
    """Return the verdict that refuses a payload for one fault."""
    return Verdict(False, fault.code, "/".join(map(str, fault.path)), fault.reason)


def validate_request(action: str, payload: JsonObject) -> Verdict:
    """Return the verdict on a request of a charger.

    A message that only we send is NotSupported here; one that nobody knows is NotImplemented.
    """
    if action in TO_CHARGER and action not in FROM_CHARGER:
        reason = f"{action} is not sent by charging stations"
        return Verdict(False, ErrorCode.NOT_SUPPORTED, reason=reason)
    return validate(action, Kind.REQUEST, payload)


def faults(action: str, kind: Kind, payload: JsonObject) -> Iterator[Fault]:
    """Yield every breach of the schema; nothing for an unknown action."""
    validator = _VALIDATORS.get((action, kind))
    if validator is not None:
        for error in validator.iter_errors(payload):
            yield _fault(error)


def _fault(error: ValidationError) -> Fault:
    keyword = error.kind.name
    path: list[Any] = [
        storable(step) if isinstance(step, str) else step for step in error.instance_path
    ]
    code = _CODES.get(keyword, ErrorCode.FORMATION_VIOLATION)
    names = [step for step in path if isinstance(step, str)]
    name = _named(error.kind) or (names[-1] if names else "")
    reason = storable(_reason(error.kind))
    return Fault(keyword, code, tuple(path), reason, storable(name), error.instance)


def _named(kind: ValidationErrorKind) -> str:
    if isinstance(kind, ValidationErrorKind.Required):
        return kind.property
    if isinstance(kind, ValidationErrorKind.AdditionalProperties):
        return ",".join(kind.unexpected)[:100]
    return ""


def _reason(kind: ValidationErrorKind) -> str:
    """Return a short reason; card numbers and other values sent are not repeated."""
    if isinstance(kind, ValidationErrorKind.Required):
        return f"{kind.property} is missing"
    if isinstance(kind, ValidationErrorKind.AdditionalProperties):
        return f"unknown field: {', '.join(kind.unexpected)[:100]}"
    if isinstance(kind, ValidationErrorKind.MaxLength):
        return f"longer than {kind.limit} characters"
    if isinstance(kind, ValidationErrorKind.Type):
        return "wrong data type"
    if isinstance(kind, ValidationErrorKind.Enum):
        return "not one of the allowed values"
    return f"breaks the rule {kind.name}"
