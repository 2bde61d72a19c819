"""Hiding who charged: RFID numbers, EMAIDs and what messages of chargers say of them.

Whoever may not see drivers sees the rows all the same, with these values masked.
"""

import json
from typing import Any

RIGHT = "accounts.view_driveridentity"
MASK = "••••"
SHOWN = 2
LONG_ENOUGH = 8

IDENTITY_KEYS = frozenset({"idtag", "parentidtag", "idtoken", "emaid", "contractid", "id_tag"})
"""Keys of OCPP messages and of our commands, in lower case, whose texts name a driver."""

SIGNED = "SignedData"
"""Format of a meter value that holds a signed text, in which the driver's number stands, too."""


def masked(text: str) -> str:
    """Return dots and the last two signs of a long number: "04A2B3C4D5E680" -> "••••80"."""
    if not text:
        return text
    return MASK + (text[-SHOWN:] if len(text) >= LONG_ENOUGH else "")


def masked_values(value: Any, key: str = "") -> Any:
    """Return parsed JSON with every text masked that names a driver."""
    if isinstance(value, dict):
        if value.get("format") == SIGNED:
            value = {**value, "value": MASK}
        return {name: masked_values(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [masked_values(inner, key) for inner in value]
    if isinstance(value, str) and key.lower() in IDENTITY_KEYS:
        return masked(value)
    # What vendors send to each other (DataTransfer) may name a driver anywhere.
    return MASK if key == "data" and value else value


def masked_frame(text: str) -> str:
    """Return an OCPP frame with drivers masked; what is no JSON is masked whole."""
    if not text:
        return text
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return MASK
    return json.dumps(masked_values(frame), ensure_ascii=False, separators=(",", ":"))
