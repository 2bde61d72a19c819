"""Reading single fields of a payload without ever failing: texts and whole numbers."""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from apps.ocpp.frames import JsonObject, json_text, storable
from apps.vocabulary.events import TEXT_MAX, WORD_MAX

# The widest whole number that the database keeps.
INTEGER_MAX = 2**63 - 1
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d{1,2})?", re.ASCII)
# Ours: more digits than any meter has; keeps arithmetic cheap.
_NUMBER_LENGTH_MAX = 40


def whole_text(payload: JsonObject, key: str) -> str:
    """Return the field as text of any length; "" where it is missing or null."""
    value = payload.get(key)
    if value is None:
        return ""
    return storable(value if isinstance(value, str) else json_text(value))


def text(payload: JsonObject, key: str) -> str:
    """Return the field as text of at most TEXT_MAX characters; "" where missing or null."""
    return whole_text(payload, key)[:TEXT_MAX]


def word(payload: JsonObject, key: str) -> str:
    """Return a field of a closed list as text of at most WORD_MAX characters, blanks stripped."""
    value = payload.get(key)
    if value is None:
        return ""
    if isinstance(value, str) and len(value) <= WORD_MAX:
        return _clean_word(value)
    return whole_text(payload, key).strip()[:WORD_MAX]


@lru_cache(maxsize=1024)
def _clean_word(value: str) -> str:
    """Words repeat with every sample: clean each once."""
    return storable(value).strip()


def number(value: Any) -> Decimal | None:
    """Return the number in a value (" 12,5 " too); None where there is none.

    Never infinite or NaN; at most 40 characters are taken for a number.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value)) if math.isfinite(value) else None
    if not isinstance(value, str):
        return None
    stripped = value.strip()
    if len(stripped) > _NUMBER_LENGTH_MAX or _NUMBER.fullmatch(stripped) is None:
        return None
    try:
        return Decimal(stripped.replace(",", "."))
    except InvalidOperation:
        return None


def integer(value: Any) -> int | None:
    """Return the whole number nearest to a value (half to even); None where there is none.

    None too where it does not fit into 64 bits. Example: "12" -> 12, 12.0 -> 12, true -> None.
    """
    found = number(value)
    if found is None or abs(found) > INTEGER_MAX:
        return None
    return round(found)


def integer_flags(value: Any, key: str) -> tuple[str, ...]:
    """Return the flag for a value that `integer` reads but that is no whole JSON number."""
    return () if type(value) is int else (f"not_integer:{key}",)
