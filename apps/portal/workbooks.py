"""CSV and XLSX: limits on what comes in, text that never becomes a formula in what goes out.

A workbook of 2 MB can unpack to hundreds. The escape follows OWASP ASVS 5.0, 1.2.10.
"""

import re
import zipfile
from io import BytesIO
from itertools import islice
from typing import Any

import tablib
from django.utils.translation import gettext_lazy as _
from import_export.formats import base_formats
from openpyxl import load_workbook

from apps.core.errors import AppError

MAX_FILE_BYTES = 5 * 1024 * 1024
MAX_UNPACKED_BYTES = 50 * 1024 * 1024
MAX_ROWS = 20_000
MAX_COLUMNS = 200

NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?\Z")
# What a spreadsheet takes for a formula, also behind blanks; "'" in front makes it text.
FORMULA = re.compile(r"'*(?:[\t\r\n\x00]|[\s\x00]*[=+\-@\uff1d\uff0b\uff0d\uff20])")
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class WorkbookRefused(AppError):
    code = "workbook_refused"
    message = _("The file cannot be read. Save it as CSV or XLSX and try again.")


class WorkbookTooLarge(WorkbookRefused):
    code = "workbook_too_large"
    message = _(
        "The file is too large: at most %(megabytes)s MB, %(unpacked)s MB unpacked, "
        "%(rows)s rows and %(columns)s columns. Divide it and import the parts."
    )

    def __init__(self) -> None:
        super().__init__(
            megabytes=MAX_FILE_BYTES // 1024**2,
            unpacked=MAX_UNPACKED_BYTES // 1024**2,
            rows=MAX_ROWS,
            columns=MAX_COLUMNS,
        )


def escape_formula(value: Any) -> Any:
    """Return text that a spreadsheet shows as it is: '=1+1' → "'=1+1"; numbers stay numbers."""
    if not isinstance(value, str):
        return value
    text = CONTROLS.sub("\ufffd", value)
    return f"'{text}" if FORMULA.match(text) and not NUMBER.match(text) else text


def unescape_formula(value: Any) -> Any:
    """Return the text that was given to `escape_formula`."""
    if isinstance(value, str) and value.startswith("'") and FORMULA.match(value):
        return value[1:]
    return value


def check_size(data: bytes) -> None:
    """Raise WorkbookTooLarge for a file, packed or unpacked, that is beyond the limits."""
    if len(data) > MAX_FILE_BYTES:
        raise WorkbookTooLarge
    if not data.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise WorkbookRefused from error
    if unpacked > MAX_UNPACKED_BYTES:
        raise WorkbookTooLarge


class Csv(base_formats.CSV):
    """Comma separated, UTF-8 with a byte order mark, which spreadsheets need to see umlauts."""

    def create_dataset(self, in_stream: Any, **kwargs: Any) -> tablib.Dataset:
        text = in_stream.decode("utf-8-sig") if isinstance(in_stream, bytes) else in_stream
        if text.count("\n") > MAX_ROWS + 1:
            raise WorkbookTooLarge
        delimiter = ";" if text.partition("\n")[0].count(";") else ","
        dataset = super().create_dataset(text, delimiter=delimiter, **kwargs)
        if dataset.width > MAX_COLUMNS:
            raise WorkbookTooLarge
        return dataset

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> str:
        return f"\ufeff{dataset.export('csv', **kwargs)}"


class Xlsx(base_formats.XLSX):
    """A workbook; only its first sheet is read, row by row, and no further than the limits."""

    def create_dataset(self, in_stream: Any) -> tablib.Dataset:
        check_size(in_stream)
        book = load_workbook(BytesIO(in_stream), read_only=True, data_only=True)
        rows = book.worksheets[0].iter_rows(values_only=True, max_col=MAX_COLUMNS + 1)
        headers = list(next(rows, ()))
        if len(headers) > MAX_COLUMNS and headers[MAX_COLUMNS] is not None:
            raise WorkbookTooLarge
        while headers and headers[-1] is None:
            headers.pop()
        dataset = tablib.Dataset(headers=headers)
        for number, row in enumerate(islice(rows, MAX_ROWS + 1)):
            if number == MAX_ROWS:
                raise WorkbookTooLarge
            if any(value is not None for value in row):
                dataset.append([*row, *[None] * len(headers)][: len(headers)])
        return dataset


FORMATS = [Csv, Xlsx]
