"""What the lists of this room share: a search for several ids, exports of what is shown."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.portal.admin import PortalModelAdmin
from apps.portal.exports import Column, TooManyRows, csv_response, take, xlsx_response
from apps.portal.pages import ListUrl

Search = Callable[[QuerySet[Any], str], QuerySet[Any]]
Details = Callable[[QuerySet[Any]], QuerySet[Any]]


class InfrastructureListAdmin(PortalModelAdmin):
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

    def list_urls(self) -> list[ListUrl]:
        return [
            ListUrl("export-csv", "export_csv", self.export_csv, "export"),
            ListUrl("export-xlsx", "export_xlsx", self.export_xlsx, "export"),
        ]

    def export_csv(self, request: HttpRequest) -> HttpResponse:
        return self.export(request, csv_response)

    def export_xlsx(self, request: HttpRequest) -> HttpResponse:
        return self.export(request, xlsx_response)

    def export(
        self,
        request: HttpRequest,
        write: Callable[[str, Sequence[Column], list[Any]], HttpResponse],
    ) -> HttpResponse:
        """Return the rows that the list shows for the same filter and search."""
        rows = self.get_changelist_instance(request).get_queryset(request)
        try:
            return write(self.file_name, self.columns, take(rows))
        except TooManyRows as error:
            messages.error(request, str(error))
            listing = f"admin:{self.url_name('changelist')}"
            return HttpResponseRedirect(f"{reverse(listing)}?{request.GET.urlencode()}")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        exports = []
        if self.may(request, "export"):
            exports = [
                (label, reverse(f"admin:{self.url_name(name)}"))
                for label, name in (("CSV", "export_csv"), ("XLSX", "export_xlsx"))
            ]
        return super().changelist_view(request, {"exports": exports, **(extra_context or {})})
