"""What no log and no page may show: the password that a station is given, or gives away."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from apps.infrastructure.services.commands import CHANGE_ACTION, SECRET_PARAMETERS
from apps.ocpp.frames import CallError, CallResult, JsonObject

MASK = "••••••••"
READ_ACTION = "GetConfiguration"


def secret_in(action: str, payload: JsonObject) -> str:
    """Return the password that a request of ours carries; "" for any other request."""
    if action != CHANGE_ACTION or not is_secret(payload.get("key")):
        return ""
    return str(payload.get("value", ""))


def is_secret(key: Any) -> bool:
    """Say whether a parameter of a station holds its password."""
    return str(key).strip().lower() in SECRET_PARAMETERS


def without(secret: str, value: Any) -> Any:
    """Return the JSON value with the secret masked wherever a text holds it."""
    if not secret:
        return value
    if isinstance(value, str):
        return value.replace(secret, MASK)
    if isinstance(value, dict):
        return {key: without(secret, item) for key, item in value.items()}
    if isinstance(value, list):
        return [without(secret, item) for item in value]
    return value


def readable(action: str, secret: str, frame: CallResult | CallError) -> CallResult | CallError:
    """Return the answer to a request of ours as it may be kept.

    AuthorizationKey can only be written (security white paper, 4.2), yet some stations read it out.
    """
    if isinstance(frame, CallError):
        return replace(
            frame,
            description=without(secret, frame.description),
            details=without(secret, frame.details),
        )
    payload = without(secret, frame.payload)
    if action == READ_ACTION and isinstance(payload.get("configurationKey"), list):
        entries = [masked_entry(entry) for entry in payload["configurationKey"]]
        payload = {**payload, "configurationKey": entries}
    return replace(frame, payload=payload)


def masked_entry(entry: Any) -> Any:
    """Return one entry of a station's configuration, its value masked where it is a secret."""
    if isinstance(entry, dict) and entry.get("value") and is_secret(entry.get("key")):
        return {**entry, "value": MASK}
    return entry
