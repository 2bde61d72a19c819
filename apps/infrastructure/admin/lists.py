"""What the lists of this room share: a search for several ids, exports of what is shown."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from apps.portal.exports import Column, take
from apps.portal.file_exports import FileExports, Write

Search = Callable[[QuerySet[Any], str], QuerySet[Any]]
Details = Callable[[QuerySet[Any]], QuerySet[Any]]


class InfrastructureListAdmin(FileExports):
    """`search` finds rows, `details` loads what the columns show, `columns` make the exports."""

    search: ClassVar[Search]
    details: ClassVar[Details]
    columns: ClassVar[Sequence[Column]]
    file_name: ClassVar[str]
    change_list_template = "infrastructure/change_list.html"
    search_help_text = _("One or several ids, separated by commas, semicolons or blanks")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return type(self).details(super().get_queryset(request))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return type(self).search(queryset, search_term), False

    def export(self, request: HttpRequest, write: Write) -> HttpResponse:
        rows = self.get_changelist_instance(request).get_queryset(request)
        return write(self.file_name, self.columns, take(rows))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        exports = self.export_links(request)
        return super().changelist_view(request, {"exports": exports, **(extra_context or {})})
