"""What changed between two states of a row."""

from collections.abc import Collection, Mapping
from typing import Any

from apps.audit.domain.secrets import HIDDEN, is_secret

Changes = dict[str, list[Any]]


def differences(
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    *,
    hidden: Collection[str] = (),
    shown: Collection[str] = (),
) -> Changes:
    """Return `{field: [before, after]}` of what differs; None stands for "not there".

    Of secrets (`hidden`, or by their name) only that they changed: ["•••", "•••"]; what was empty
    stays empty. `shown`: no secrets, whatever their names sound like.
    ({"name": "A"}, {"name": "B"}) → {"name": ["A", "B"]}
    """
    old, new = before or {}, after or {}
    changes: Changes = {}
    for name in [*old, *(key for key in new if key not in old)]:
        was, becomes = old.get(name), new.get(name)
        if was == becomes or (was in EMPTY and becomes in EMPTY):
            continue
        if name in hidden or (is_secret(name) and name not in shown):
            was, becomes = veiled(was), veiled(becomes)
        changes[name] = [was, becomes]
    return changes


EMPTY: tuple[Any, ...] = (None, "", [], {})


def veiled(value: Any) -> Any:
    return value if value in EMPTY else HIDDEN
