"""Rows of a query as a file of any size: slice by slice along its order, none of them kept.

A slice is a statement of its own. So the work tells how far it is, can be called off, holds no
snapshot for long, and no statement runs as long as would be taken for a silent database.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import Mod, RowNumber
from django.utils import timezone

from apps.jobs.services.cells import text_cells
from apps.jobs.services.files import BoundedFile, folder
from apps.jobs.services.runs import Run
from apps.portal.exports import (
    XLSX_MAX_ROWS,
    Column,
    TooManyRows,
    csv_head,
    record_export,
    write_workbook,
)

SLICE = 20_000
WORKBOOK_SLICE = 5_000


@dataclass(frozen=True, slots=True)
class Table:
    """What goes into a file. `order`: names of fields, "-" before what falls; the key at the end.

    No field of the order may be null, for no slice would have such rows.
    """

    name: str
    columns: Sequence[Column]
    rows: QuerySet[Any]
    order: tuple[str, ...]


def write_csv(run: Run, table: Table) -> dict[str, Any]:
    """Write the job's file as `portal.exports.csv_response` would. Raises FileTooLarge."""
    name, done, total = f"{table.name}.csv", 0, table.rows.order_by().count()
    run.advance(0, total)
    with run.new_file(name) as file:
        file.write(csv_head(table.columns))
        for part in slices(table, SLICE):
            done += copy(part, table.columns, file)
            run.advance(done, total)
    record_export(name, done)
    return {"rows": done}


def write_xlsx(run: Run, table: Table) -> dict[str, Any]:
    """Write the job's file as `xlsx_response` would. Raises TooManyRows, FileTooLarge."""
    name, total = f"{table.name}.xlsx", table.rows.order_by().count()
    if total > XLSX_MAX_ROWS:
        raise TooManyRows(limit=XLSX_MAX_ROWS)
    run.advance(0, total)
    with run.new_file(name) as file:
        rows = told_rows(run, table, total)
        done = write_workbook(file, table.columns, rows, str(folder()))
    record_export(name, done)
    return {"rows": done}


def told_rows(run: Run, table: Table, total: int) -> Iterator[Any]:
    """Yield the rows, telling how many went; one too many would not fit into the sheet."""
    done = 0
    for part in slices(table, WORKBOOK_SLICE):
        for row in part.order_by(*table.order):
            done += 1
            if done > XLSX_MAX_ROWS:
                raise TooManyRows(limit=XLSX_MAX_ROWS)
            yield row
        run.advance(done, total)


def slices(table: Table, size: int) -> Iterator[QuerySet[Any]]:
    """Yield the rows in slices of `size` along the order, each with its order.

    Rows that come while the work goes on are left out if they belong before the first one, and
    belong to a slice else; none is there twice.
    """
    starts = first_rows(table, size)
    for start, following in zip(starts, [*starts[1:], None], strict=True):
        inside = from_row(table.order, start)
        if following is not None:
            inside &= ~from_row(table.order, following) & until_row(table.order, following)
        yield table.rows.filter(inside).order_by(*table.order)


def first_rows(table: Table, size: int) -> list[tuple[Any, ...]]:
    """Return the order's values of each slice's first row, in one pass over the rows."""
    names = [name.lstrip("-") for name in table.order]
    order = [F(name.lstrip("-")).desc() if name[0] == "-" else F(name) for name in table.order]
    numbered = table.rows.order_by().annotate(place=Window(RowNumber(), order_by=order))
    first = numbered.annotate(rest=Mod("place", size)).filter(rest=1 % size)
    return list(first.order_by("place").values_list(*names))


def from_row(order: Sequence[str], values: Sequence[Any]) -> Q:
    """Return the condition of being that row or one after it; the first part is for an index."""
    name, value = order[0].lstrip("-"), values[0]
    beyond, reached = ("lt", "lte") if order[0][0] == "-" else ("gt", "gte")
    if len(order) == 1:
        return Q(**{f"{name}__{reached}": value})
    equal = Q(**{name: value}) & from_row(order[1:], values[1:])
    return Q(**{f"{name}__{reached}": value}) & (Q(**{f"{name}__{beyond}": value}) | equal)


def until_row(order: Sequence[str], values: Sequence[Any]) -> Q:
    """Return a condition that all rows before that one fulfil, for an index."""
    name, value = order[0].lstrip("-"), values[0]
    return Q(**{f"{name}__{'gte' if order[0][0] == '-' else 'lte'}": value})


class Lines:
    """Keeps COPY's rows, each ended by a line feed, until they are written as lines of a CSV file.

    What failed inside of COPY would cost the connection.
    """

    def __init__(self) -> None:
        self.rows: list[bytes] = []

    def write(self, row: bytes) -> None:
        """Called once per row: CopyData is always one (PostgreSQL, protocol, COPY operations)."""
        self.rows.append(row)

    def to_file(self, file: BoundedFile) -> int:
        """Write the lines and return how many there are. Raises FileTooLarge."""
        file.write(b"".join([row[:-1] + b"\r\n" for row in self.rows]))
        return len(self.rows)


def copy(rows: QuerySet[Any], columns: Sequence[Column], file: BoundedFile) -> int:
    """Let PostgreSQL write the cells of the rows; return how many rows went."""
    cells = {f"cell_{place}": cell for place, cell in enumerate(text_cells(columns, rows))}
    query, values = rows.annotate(**cells).values_list(*cells).query.sql_with_params()
    lines = Lines()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL TIME ZONE %s", [timezone.get_current_timezone_name()])
        raw: Any = cursor.cursor
        select = raw.mogrify(query, values).decode()
        raw.copy_expert(f"COPY ({select}) TO STDOUT (FORMAT csv, DELIMITER ';')", lines)
    return lines.to_file(file)
