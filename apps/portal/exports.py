"""Tables as files: CSV and XLSX of what a list shows, with stable column ids and no formulas."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.db.models import Model
from django.http import HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.audit.domain.kinds import Kind
from apps.audit.services.trail import record
from apps.core.errors import AppError
from apps.core.origin import current_origin
from apps.portal.workbooks import escape_formula

MAX_ROWS = 50_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Excel keeps at most this many characters in a cell, and rows (two are the head) in a sheet.
CELL_MAX = 32_767
XLSX_MAX_ROWS = 1_048_576 - 2


class TooManyRows(AppError):
    code = "too_many_rows"
    message = _("The export would have more than %(limit)s rows. Narrow the filter, please.")


@dataclass(frozen=True, slots=True)
class Column:
    """`id` stays the same in every language and version; `value(row)` gives the cell.

    `source`: the same value for PostgreSQL, the way to a field ("station__name") or an expression
    that gives text. With it files of any size can be written (`apps.jobs.services.tables`).
    """

    id: str
    title: str | Promise
    value: Callable[[Any], Any]
    source: Any = None


def field_column(id: str, title: str | Promise, path: str) -> Column:  # noqa: A002
    """Return the column of a field; where a row on the way is missing, the cell is empty."""
    names = path.split("__")

    def value(row: Any) -> Any:
        for name in names:
            if row is None:
                return None
            row = getattr(row, name)
        return row

    return Column(id, title, value, path)


def take(rows: Iterable[Any], limit: int | None = None) -> list[Any]:
    """Return the rows. Raises TooManyRows instead of leaving some out silently."""
    limit = MAX_ROWS if limit is None else limit
    taken: list[Any] = []
    for row in rows:
        if len(taken) == limit:
            raise TooManyRows(limit=limit)
        taken.append(row)
    return taken


def csv_response(name: str, columns: Sequence[Column], rows: Iterable[Any]) -> HttpResponse:
    """Return a CSV file (UTF-8 with mark, semicolons): ids in the first line, then the rows."""
    lines = [[text_cell(column.value(row)) for column in columns] for row in rows]
    record_export(f"{name}.csv", len(lines))
    content = csv_head(columns) + csv_lines(lines)
    return attachment(content, f"{name}.csv", "text/csv; charset=utf-8")


def csv_head(columns: Sequence[Column]) -> bytes:
    """Return how a CSV file begins: the mark of UTF-8 and the line of ids."""
    return "\ufeff".encode() + csv_lines([[column.id for column in columns]])


def csv_lines(lines: Iterable[Sequence[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=";", lineterminator="\r\n").writerows(lines)
    return buffer.getvalue().encode()


def xlsx_response(name: str, columns: Sequence[Column], rows: Iterable[Any]) -> HttpResponse:
    """Return an Excel file: ids in the first row, titles in the second, then the rows."""
    buffer = io.BytesIO()
    number = write_workbook(buffer, columns, rows)
    record_export(f"{name}.xlsx", number)
    return attachment(buffer.getvalue(), f"{name}.xlsx", XLSX)


def write_workbook(
    target: Any, columns: Sequence[Column], rows: Iterable[Any], folder: str | None = None
) -> int:
    """Write an Excel file into an open file and return the number of rows, which are not kept.

    `folder`: where its parts lie meanwhile; without one in the memory or where the system says.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "tmpdir": folder,
    }
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.freeze_panes(2, 1)
        sheet.set_column(0, len(columns) - 1, 18)
        for index, column in enumerate(columns):
            sheet.write_string(0, index, column.id)
        for index, column in enumerate(columns):
            sheet.write_string(1, index, str(column.title), bold)
        number = 1
        for number, row in enumerate(rows, start=2):
            for index, column in enumerate(columns):
                write_cell(sheet, number, index, column.value(row), moment)
    return number - 1


def record_export(file: str, rows: int, model: type[Model] | None = None) -> None:
    """Tell the audit trail what left the portal, and by which filter."""
    details: dict[str, Any] = {"file": file, "rows": rows}
    if query := current_origin().query:
        details["filter"] = query
    record(Kind.EXPORTED, None, model, details=details)


def write_cell(sheet: Any, row: int, column: int, value: Any, moment: Any) -> None:
    """Write numbers as numbers, times as local times, all else as text that is never a formula."""
    if isinstance(value, bool) or value is None:
        sheet.write_string(row, column, text_cell(value))
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(row, column, value)
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, timezone.localtime(value).replace(tzinfo=None), moment)
    else:
        sheet.write_string(row, column, text_cell(value)[:CELL_MAX])


def text_cell(value: Any) -> str:
    """Return a cell as text that is never a formula; times in ISO 8601 with zone."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    if isinstance(value, int | float | Decimal | date):
        return str(value)
    return str(escape_formula(str(value)))


def attachment(content: bytes, name: str, content_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
