"""Public keys that stations name: where they come from, and what a person said of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from apps.charge_records.domain.ocmf.keys import KeyNotReadableError, PublicKey, read_key

# OCA application note "Signed Meter Values in OCPP", 2025: the key of a connector's meter.
_CONFIGURATION_KEY = re.compile(r"MeterPublicKey([0-9]{1,5})", re.IGNORECASE)


class KeySource(StrEnum):
    """How the station named the key."""

    # The publicKey beside a signed value.
    MESSAGE = "message"
    # Inside the record itself.
    RECORD = "record"
    # A parameter that the station was asked for.
    CONFIGURATION = "configuration"


class OfferState(StrEnum):
    """`CONFIRMED`: it was put into the meter's master data. `DISMISSED`: it is not the meter's."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


def keys_in_configuration(answer: Any) -> Iterator[tuple[int, PublicKey]]:
    """Yield connector and key from the payload of GetConfiguration.conf, readable ones only.

    Example: {"configurationKey": [{"key": "MeterPublicKey1", "value": "3059..."}]} yields 1 and
    the key.
    """
    listed = answer.get("configurationKey") if isinstance(answer, Mapping) else None
    for entry in listed if isinstance(listed, list) else []:
        if not isinstance(entry, Mapping):
            continue
        found = _CONFIGURATION_KEY.fullmatch(str(entry.get("key", "")))
        value = entry.get("value")
        if found is None or not isinstance(value, str):
            continue
        try:
            yield int(found[1]), read_key(value)
        except KeyNotReadableError:
            continue
