"""May a request of a charger be taken in? Strict where it is unusable, lenient where it is odd.

The verdict of the schema never costs a billing message: it is refused only where a field is
missing without which nothing can be billed. Other messages are forgiven unknown fields, null for
an optional field, and the oddities listed in OCPP field reports (over-long serials, unknown error
codes, vendor data that are no text).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from apps.ocpp.adapters.fields import integer
from apps.ocpp.frames import ErrorCode, JsonObject
from apps.ocpp.schemas import VALID, Fault, Kind, Verdict, faults, validate_request, verdict_of
from apps.vocabulary.events import CONNECTOR_MAX, TEXT_MAX

BILLING_ACTIONS = frozenset({"StartTransaction", "StopTransaction", "MeterValues"})

_FLAG_WORDS = {
    "enum": "enum_unknown",
    "maxLength": "too_long",
    "additionalProperties": "unknown_field",
    "type": "wrong_type",
    "required": "missing",
    "minItems": "empty",
}
_FLAGS_MAX = 20

# Ours: the difference of two readings within this still fits into 64 bits.
METER_LIMIT_WH = 2**62

# Fields other than billing messages' whose fault is forgiven: action -> (keyword, field).
_FORGIVEN: dict[str, frozenset[tuple[str, str]]] = {
    # A reader that appends its serial number: the card decides, not the length.
    "Authorize": frozenset({("maxLength", "idTag")}),
    "BootNotification": frozenset(
        ("maxLength", name)
        for name in (
            "chargePointVendor",
            "chargePointModel",
            "chargePointSerialNumber",
            "chargeBoxSerialNumber",
            "firmwareVersion",
            "iccid",
            "imsi",
            "meterType",
            "meterSerialNumber",
        )
    ),
    "StatusNotification": frozenset(
        {
            ("enum", "errorCode"),
            ("maxLength", "info"),
            ("maxLength", "vendorId"),
            ("maxLength", "vendorErrorCode"),
        }
    ),
    "DataTransfer": frozenset({("type", "data")}),
    "SecurityEventNotification": frozenset({("maxLength", "techInfo")}),
}
_REQUIRED: dict[str, frozenset[str]] = {
    "Authorize": frozenset({"idTag"}),
    "BootNotification": frozenset({"chargePointVendor", "chargePointModel"}),
    "DataTransfer": frozenset({"vendorId"}),
    "DiagnosticsStatusNotification": frozenset({"status"}),
    "FirmwareStatusNotification": frozenset({"status"}),
    "LogStatusNotification": frozenset({"status"}),
    "SecurityEventNotification": frozenset({"type"}),
    "SignCertificate": frozenset({"csr"}),
    "SignedFirmwareStatusNotification": frozenset({"status"}),
    "StatusNotification": frozenset({"connectorId", "errorCode", "status"}),
}


def judge(action: str, payload: JsonObject) -> Verdict:
    """Return whether a request can be decoded, with flags for what was forgiven.

    Where it cannot, code and reason are those of the CALLERROR to answer.
    """
    verdict = validate_request(action, payload)
    if verdict.code in (ErrorCode.NOT_IMPLEMENTED, ErrorCode.NOT_SUPPORTED):
        return verdict
    found = [] if verdict.ok else list(faults(action, Kind.REQUEST, payload))
    if action in BILLING_ACTIONS:
        key = _unusable_field(action, payload)
        if key is not None:
            return _refusal(key, found)
    else:
        for fault in found:
            if not _is_forgiven(action, fault):
                return verdict_of(fault)
        if action == "StatusNotification" and not _is_connector(payload.get("connectorId")):
            return _refusal("connectorId", [])
    return Verdict(True, flags=_flags(found)) if found else VALID


def billing_fields_usable(action: str, payload: JsonObject) -> bool:
    """Tell whether a billing message holds all without which nothing can be billed."""
    return _unusable_field(action, payload) is None


def _is_connector(value: Any) -> bool:
    connector = integer(value)
    return connector is not None and 0 <= connector <= CONNECTOR_MAX


def _is_reading(value: Any) -> bool:
    reading = integer(value)
    return reading is not None and abs(reading) < METER_LIMIT_WH


def _is_id_tag(value: Any) -> bool:
    return isinstance(value, str) and len(value.strip()) > 0 and len(value) <= TEXT_MAX


def _is_list_of_values(value: Any) -> bool:
    return isinstance(value, (list, dict)) and len(value) > 0


_ESSENTIAL: dict[str, dict[str, Callable[[Any], bool]]] = {
    "StartTransaction": {
        "connectorId": _is_connector,
        "idTag": _is_id_tag,
        "meterStart": _is_reading,
    },
    "StopTransaction": {"meterStop": _is_reading},
    "MeterValues": {"connectorId": _is_connector, "meterValue": _is_list_of_values},
}


def _unusable_field(action: str, payload: JsonObject) -> str | None:
    """Return the first essential field that cannot be used.

    A transaction id may be any value, null too (such a stop is kept unmatched), but must be there.
    """
    if action == "StopTransaction" and "transactionId" not in payload:
        return "transactionId"
    for key, is_usable in _ESSENTIAL.get(action, {}).items():
        if not is_usable(payload.get(key)):
            return key
    return None


def _refusal(key: str, found: Iterable[Fault]) -> Verdict:
    """Return the schema's fault for the field, or our own where the schema has none."""
    for fault in found:
        if fault.name == key and len(fault.path) <= 1:
            return verdict_of(fault)
    return Verdict(False, ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, key, "value out of range")


def _is_forgiven(action: str, fault: Fault) -> bool:
    if fault.keyword == "additionalProperties":
        return True
    if fault.keyword == "maxLength" and len(fault.value) > TEXT_MAX:
        return False
    if fault.keyword in ("type", "enum") and fault.value is None:
        return fault.name not in _REQUIRED.get(action, frozenset())
    if fault.keyword == "required" and fault.name == "timestamp":
        return True
    return (fault.keyword, fault.name) in _FORGIVEN.get(action, frozenset())


def _flags(found: Iterable[Fault]) -> tuple[str, ...]:
    flags = (f"{_FLAG_WORDS.get(fault.keyword, fault.keyword)}:{fault.name}" for fault in found)
    return tuple(dict.fromkeys(flags))[:_FLAGS_MAX]
