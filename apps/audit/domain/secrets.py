"""What never stands in the trail: that a secret changed is told, its value is not."""

import re
from typing import Any

HIDDEN = "•••"
SECRET_NAME = re.compile(
    r"passw|secret|token|authorizationkey|private_?key|api_?key|key_?hash|recovery|_hash$|otp",
    re.IGNORECASE,
)
# How dictionaries of settings name what they set: {"key": "AuthorizationKey", "value": "..."}.
NAMED_BY = ("key", "name", "variable")


def is_secret(name: str) -> bool:
    """Say whether a field or parameter of that name holds a secret."""
    return bool(SECRET_NAME.search(name))


def without_secrets(value: Any) -> Any:
    """Return nested dictionaries and lists with the values of secrets hidden.

    {"key": "AuthorizationKey", "value": "4f"} → {"key": "AuthorizationKey", "value": "•••"}
    """
    if isinstance(value, list | tuple):
        return [without_secrets(part) for part in value]
    if not isinstance(value, dict):
        return value
    names_secret = any(is_secret(str(value.get(named, ""))) for named in NAMED_BY)
    return {
        key: HIDDEN
        if is_secret(str(key)) or (names_secret and key == "value")
        else without_secrets(part)
        for key, part in value.items()
    }
