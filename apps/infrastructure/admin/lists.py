"""What the lists of this room share: a search for several ids, exports of what is shown."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.views import ChangeList

from apps.portal import list_columns
from apps.portal.exports import Column, take
from apps.portal.file_exports import FileExports, Write
from apps.portal.list_columns import AddedColumn

NOTHING = "–"
Search = Callable[[QuerySet[Any], str], QuerySet[Any]]
Details = Callable[[QuerySet[Any]], QuerySet[Any]]


def attribute(column: AddedColumn) -> str:
    """Return the attribute of a row in which the cell of an added column stands."""
    return f"added_{column.name}"


def shown(column: AddedColumn) -> Callable[[Any], Any]:
    """Return the column as Django's list takes it: a function of the row."""

    @display(description=column.title)
    def cell(row: Any) -> Any:
        return getattr(row, attribute(column), NOTHING)

    return cell


class InfrastructureListAdmin(FileExports):
    """`search` finds rows, `details` loads what the columns show, `columns` make the exports."""

    search: ClassVar[Search]
    details: ClassVar[Details]
    columns: ClassVar[Sequence[Column]]
    file_name: ClassVar[str]
    # Where higher rooms add columns to the list.
    place: ClassVar[str]
    change_list_template = "infrastructure/change_list.html"
    search_help_text = _("One or several ids, separated by commas, semicolons or blanks")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return type(self).details(super().get_queryset(request))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return type(self).search(queryset, search_term), False

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        added = [shown(column) for column in list_columns.open_to(self.place, request)]
        return [*super().get_list_display(request), *added]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return a list that fills the added columns of its page, with one call for each."""
        place = self.place

        class FilledChangeList(super().get_changelist(request, **kwargs)):  # type: ignore[misc]
            def get_results(self, request: HttpRequest) -> None:
                super().get_results(request)
                rows = self.result_list = list(self.result_list)
                for column in list_columns.open_to(place, request):
                    cells = column.cells(request, rows)
                    for row in rows:
                        setattr(row, attribute(column), cells.get(row.pk, NOTHING))

        return FilledChangeList

    def export(self, request: HttpRequest, write: Write) -> HttpResponse:
        rows = self.get_changelist_instance(request).get_queryset(request)
        return write(self.file_name, self.columns, take(rows))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        exports = self.export_links(request)
        return super().changelist_view(request, {"exports": exports, **(extra_context or {})})
