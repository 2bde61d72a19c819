"""Files of a list: no formula, no silent end, times with their zone."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pytest

from apps.ocpp import views as ocpp_views
from apps.portal import exports
from apps.portal.exports import Column, TooManyRows, csv_response, take, text_cell, xlsx_response
from apps.tenants.models import Tenant
from tests.factories.pages import log_in, make_exchange, make_record

# An export stands in the audit trail.
pytestmark = [pytest.mark.req("INF-20"), pytest.mark.django_db]
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


@pytest.mark.parametrize(
    "address",
    [
        "/infrastructure/station/export-csv/",
        "/infrastructure/chargepoint/export-xlsx/",
        "/ocpp/messageexchange/export-csv/",
    ],
)
def test_export_when_the_filter_leaves_too_many_then_back_to_the_list_with_a_word(
    alpha: Tenant,
    make_station: Callable[..., Any],
    make_user: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    address: str,
) -> None:
    monkeypatch.setattr(exports, "MAX_ROWS", 1)
    monkeypatch.setattr(ocpp_views, "EXPORTED_AT_MOST", 1)
    for _index in range(2):
        station = make_station()
        make_record(station)
        make_exchange(station)

    response = log_in(make_user()).get(address, follow=True)

    assert response.redirect_chain
    assert "more than 1 rows. Narrow the filter" in response.content.decode()
