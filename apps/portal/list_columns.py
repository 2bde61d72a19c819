"""Columns that higher rooms add to the list of a lower one.

The list of stations belongs to `infrastructure`, which must not read charge records. So that room
registers a column here, and the list asks for the cells of all rows of its page at once.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise

Cells = Callable[[HttpRequest, Sequence[Any]], Mapping[Any, Any]]


@dataclass(frozen=True, slots=True)
class AddedColumn:
    """`cells(request, rows)` gives what stands in the rows of a page, by their keys.

    `right`: permission without which the list has no such column.
    """

    name: str
    title: str | Promise
    cells: Cells
    right: str


_columns: dict[str, list[AddedColumn]] = defaultdict(list)


def register(place: str, column: AddedColumn) -> None:
    """Add a column to a list; registering the same name again replaces it."""
    _columns[place] = [other for other in _columns[place] if other.name != column.name] + [column]


def open_to(place: str, request: HttpRequest) -> list[AddedColumn]:
    """Return the columns of a list that the person may see."""
    return [column for column in _columns[place] if request.user.has_perm(column.right)]
