"""The kinds of jobs. Rooms above register theirs when they start; this room knows none by itself.

register("charge_records.export", _("Export of charge records"), run, right="...")
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Work = Callable[[Any], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Kind:
    """`work(run)` does it and returns the result, which holds plain values.

    `title`: its `str` is in the reader's language. `right`: without it the job fails. `is_resumed`:
    begun anew when its worker died; one that must not be done twice fails then.
    """

    name: str
    title: object
    work: Work
    right: str
    is_resumed: bool


_kinds: dict[str, Kind] = {}


def register(name: str, title: object, work: Work, *, right: str, is_resumed: bool = True) -> None:
    """Make a kind known in this process; registering the same name again replaces it."""
    _kinds[name] = Kind(name, title, work, right, is_resumed)


def kind_of(name: str) -> Kind | None:
    """Return the kind; None for one that an earlier version knew."""
    return _kinds.get(name)
