"""Reading the parameters of a command; every fault is a ParametersInvalidError naming the key."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apps.ocpp.adapters.times import write_time
from apps.ocpp.frames import JsonObject
from apps.vocabulary.commands import ParametersInvalidError

Parameters = Mapping[str, Any]


def required_text(parameters: Parameters, key: str) -> str:
    """Return a text that is not empty."""
    value = parameters.get(key)
    if not isinstance(value, str) or not value:
        raise ParametersInvalidError(f"{key}: a text is needed")
    return value


def any_text(parameters: Parameters, key: str) -> str:
    """Return a text that may be empty."""
    value = parameters.get(key)
    if not isinstance(value, str):
        raise ParametersInvalidError(f"{key}: a text is needed")
    return value


def required_integer(parameters: Parameters, key: str, *, minimum: int | None = None) -> int:
    """Return a whole number, not below `minimum`."""
    value = parameters.get(key)
    if type(value) is not int:
        raise ParametersInvalidError(f"{key}: a whole number is needed")
    if minimum is not None and value < minimum:
        raise ParametersInvalidError(f"{key}: at least {minimum} is needed")
    return value


def required_boolean(parameters: Parameters, key: str) -> bool:
    """Return True or False."""
    value = parameters.get(key)
    if not isinstance(value, bool):
        raise ParametersInvalidError(f"{key}: true or false is needed")
    return value


def required_number(parameters: Parameters, key: str) -> float:
    """Return a number with one decimal place, as OCPP 1.6 has it for limits."""
    value = parameters.get(key)
    try:
        if isinstance(value, bool) or value is None:
            raise ValueError
        return round(float(value), 1)
    except (TypeError, ValueError, OverflowError):
        raise ParametersInvalidError(f"{key}: a number is needed") from None


def required_time(parameters: Parameters, key: str) -> str:
    """Return an RFC 3339 time in UTC."""
    value = parameters.get(key)
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        if at.tzinfo is None:
            raise ValueError
        return write_time(at)
    except (ValueError, OverflowError):
        raise ParametersInvalidError(f"{key}: a time with zone is needed") from None


def required_choice(parameters: Parameters, key: str, words: Mapping[str, str]) -> str:
    """Return the protocol's word for the value of a closed list."""
    value = parameters.get(key)
    if not isinstance(value, str) or value not in words:
        raise ParametersInvalidError(f"{key}: one of {', '.join(words)} is needed")
    return words[value]


def required_list(parameters: Parameters, key: str) -> list[Any]:
    """Return a list."""
    value = parameters.get(key)
    if not isinstance(value, (list, tuple)):
        raise ParametersInvalidError(f"{key}: a list is needed")
    return list(value)


def required_object(parameters: Parameters, key: str) -> Parameters:
    """Return nested parameters."""
    value = parameters.get(key)
    if not isinstance(value, Mapping):
        raise ParametersInvalidError(f"{key}: an object is needed")
    return value


def is_given(parameters: Parameters, key: str) -> bool:
    """Tell whether an optional parameter is there."""
    return parameters.get(key) is not None


def add_retries(payload: JsonObject, parameters: Parameters) -> None:
    """Add how often, and with what pause in seconds, a transfer shall be tried again."""
    if is_given(parameters, "retries"):
        payload["retries"] = required_integer(parameters, "retries", minimum=0)
    if is_given(parameters, "retry_interval_s"):
        payload["retryInterval"] = required_integer(parameters, "retry_interval_s", minimum=0)
