"""Cells of a CSV file as PostgreSQL writes them: the twins of `portal.exports.text_cell`.

A million rows are rendered by the database within the time that it takes to read them; in Python
it would be ten times as long. A test compares both, byte by byte, over what is nasty.
"""

import sys
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.db import models
from django.db.models import Expression, F, Func, Model, QuerySet, TextField
from django.db.models.functions import Cast

from apps.accounts.domain.identity import LONG_ENOUGH, MASK, SHOWN, masked
from apps.portal.exports import Column

# The zone is the session's. Offsets have had no seconds since 1972 (Liberia; tz database).
OFFSET_S = "abs(extract(timezone FROM %(expressions)s)::integer)"
MOMENT = (
    "to_char(%(expressions)s, 'YYYY-MM-DD\"T\"HH24:MI:SSTZH:TZM') || "
    f"CASE WHEN %(expressions)s >= '1973-01-01Z' OR mod({OFFSET_S}, 60) = 0 THEN '' "
    f"ELSE ':' || lpad(mod({OFFSET_S}, 60)::text, 2, '0') END"
)
HIDDEN = (
    "CASE WHEN %(expressions)s = '' THEN '' "
    f"WHEN char_length(%(expressions)s) < {LONG_ENOUGH} THEN '{MASK}' "
    f"ELSE '{MASK}' || right(%(expressions)s, {SHOWN}) END"
)
# Nothing at all is written for an empty text: COPY would quote it.
OWN_WORD = "nullif(%(expressions)s, '')"
# What begins with a letter or digit and is ASCII needs no closer look.
PLAIN = "^[0-9A-Za-z][ -~]*$"


def text_cells(columns: Iterable[Column], rows: QuerySet[Any]) -> list[Expression]:
    """Return what PostgreSQL has to select for the columns. Raises TypeError where it cannot."""
    return [text_cell(column, rows) for column in columns]


def text_cell(column: Column, rows: QuerySet[Any]) -> Expression:
    hides = getattr(rows, "hides_identity", False)
    if not isinstance(column.source, str):
        if column.source is None or hides:
            raise TypeError(f"{column.id}: PostgreSQL does not know how to write it.")
        return escaped(column.source)
    field = field_at(rows.model, column.source)
    source = F(column.source)
    if isinstance(field, models.DateTimeField):
        return rendered(MOMENT, source)
    if isinstance(field, models.IntegerField):
        return Cast(source, TextField())
    if not isinstance(field, models.CharField | models.TextField):
        raise TypeError(f"{column.id}: PostgreSQL does not know how to write it.")
    if field.choices:
        return rendered(OWN_WORD, source)
    mask = getattr(field.model, "identity_fields", {}).get(field.name) if hides else None
    if mask not in {None, masked}:
        raise TypeError(f"{column.id}: PostgreSQL does not know how to mask it.")
    return escaped(rendered(HIDDEN, source) if mask else source)


def field_at(model: type[Model], path: str) -> Any:
    """Return the field at the end of the way: `station__location__name`."""
    *steps, last = path.split("__")
    for step in steps:
        model = model._meta.get_field(step).related_model  # type: ignore[assignment]
    return model._meta.pk if last == "pk" else model._meta.get_field(last)


class Rendered(Func):
    """Text made of one expression that stands in the template repeatedly."""

    output_field = TextField()

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        sql, values = super().as_sql(*args, **kwargs)
        return sql, values * self.extra["template"].count("%(expressions)s")


def rendered(template: str, source: Any) -> Rendered:
    return Rendered(source, template=template)


def escaped(source: Any) -> Rendered:
    """Return the text as it is, or with a quote before it where it would be a formula."""
    return rendered(escape_template(), source)


@lru_cache(maxsize=1)
def escape_template() -> str:
    """Return `workbooks.escape_formula` in SQL: the same three patterns in PostgreSQL's words."""
    spaces = characters(lambda one: one.isspace())
    digit = f"[{characters(lambda one: unicodedata.category(one) == 'Nd')}]"
    controls = "[\\u0001-\\u0008\\u000b\\u000c\\u000e-\\u001f]"
    formula = f"^''*([\\t\\r\\n]|[{spaces}]*[=+@\\uff1d\\uff0b\\uff0d\\uff20-])"
    number = f"^[+-]?{digit}+([.,]{digit}+)?$"
    clean = f"regexp_replace(%(expressions)s, '{controls}', U&'\\FFFD', 'g')"
    is_formula = f"{clean} ~ '{formula}' AND {clean} !~ '{number}'"
    return (
        f"CASE WHEN %(expressions)s = '' THEN NULL WHEN %(expressions)s ~ '{PLAIN}' "
        f"THEN %(expressions)s WHEN {is_formula} THEN '''' || {clean} ELSE {clean} END"
    )


def characters(belongs: Any) -> str:
    """Return all characters of a kind for a class of a regular expression, as ranges."""
    found = {code for code in range(1, sys.maxunicode + 1) if belongs(chr(code))}
    starts = sorted(code for code in found if code - 1 not in found)
    ends = sorted(code for code in found if code + 1 not in found)
    return "".join(f"\\U{start:08x}-\\U{end:08x}" for start, end in zip(starts, ends, strict=True))
