"""Files of a list: no formula, no silent end, times with their zone."""

import io
from datetime import UTC, datetime

import openpyxl
import pytest

from apps.portal.exports import Column, TooManyRows, csv_response, take, text_cell, xlsx_response

pytestmark = pytest.mark.req("INF-20")
COLUMNS = [Column("a", "First", lambda row: row[0]), Column("b", "Second", lambda row: row[1])]


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "@SUM(A1)", "-cmd", "\t=1", "\r=1", " =1"])
def test_cells_when_they_look_like_a_formula_then_they_are_text(text: str) -> None:
    csv = csv_response("x", COLUMNS, [(text, 1)]).content.decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(xlsx_response("x", COLUMNS, [(text, 1)]).content))

    assert "'" in csv.splitlines()[1][:2]
    cell = book.active["A3"]
    assert cell.data_type == "s"
    assert str(cell.value).startswith("'")


def test_take_when_there_are_too_many_then_it_says_so() -> None:
    assert take(range(3), 3) == [0, 1, 2]
    with pytest.raises(TooManyRows, match="more than 3 rows"):
        take(range(4), 3)


def test_text_cell_when_it_is_a_time_then_with_zone() -> None:
    assert text_cell(datetime(2026, 11, 24, 12, 0, tzinfo=UTC)) == "2026-11-24T12:00:00+00:00"
    assert (text_cell(True), text_cell(None), text_cell(-5)) == ("yes", "", "-5")


def test_csv_when_a_cell_holds_lines_and_quotes_then_it_stays_one_cell() -> None:
    content = csv_response("x", COLUMNS, [('a";\nb', 2)]).content.decode("utf-8-sig")

    assert content == 'a;b\r\n"a"";\nb";2\r\n'
