"""What a list shows, as a file: its two addresses and the links to them."""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from apps.portal.admin import PortalModelAdmin
from apps.portal.exports import Column, csv_response, xlsx_response
from apps.portal.pages import ListUrl

Write = Callable[[str, Sequence[Column], list[Any]], HttpResponse]


class FileExports(PortalModelAdmin):
    """Lists with `export-csv` and `export-xlsx`; a refusal leads back to the list."""

    def export(self, request: HttpRequest, write: Write) -> HttpResponse:
        """Return the rows that the list shows for the same filter. Raises TooManyRows."""
        raise NotImplementedError

    def list_urls(self) -> list[ListUrl]:
        return [
            ListUrl("export-csv", "export_csv", self.export_csv, "export"),
            ListUrl("export-xlsx", "export_xlsx", self.export_xlsx, "export"),
        ]

    def export_csv(self, request: HttpRequest) -> HttpResponse:
        return self.export(request, csv_response)

    def export_xlsx(self, request: HttpRequest) -> HttpResponse:
        return self.export(request, xlsx_response)

    def export_links(self, request: HttpRequest) -> list[tuple[str, str]]:
        """Return label and address of the files that the person may have."""
        if not self.may(request, "export"):
            return []
        names = (("CSV", "export_csv"), ("XLSX", "export_xlsx"))
        return [(label, reverse(f"admin:{self.url_name(name)}")) for label, name in names]
