"""The audit trail: list, one entry, files. Nobody adds, changes or deletes anything here."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.audit.models import Entry
from apps.portal.admin import ReadOnlyModelAdmin
from apps.portal.exports import Column, TooManyRows, csv_response, take, xlsx_response
from apps.portal.keyset import keyset_page
from apps.portal.pages import ListUrl
from apps.portal.scope import has_right, visible_rows
from apps.portal.site import console_site, portal_site
from apps.portal.trail.columns import TRAIL_COLUMNS
from apps.portal.trail.filters import TrailFilterForm
from apps.portal.trail.wording import model_of, row_of

Write = Callable[[str, Sequence[Column], list[Any]], HttpResponse]


@admin.register(Entry, site=portal_site)
@admin.register(Entry, site=console_site)
class EntryAdmin(ReadOnlyModelAdmin):
    """Who did what, when, before and after, from where (ACC-07)."""

    is_large = True

    def list_urls(self) -> list[ListUrl]:
        return [
            ListUrl("export-csv", "export_csv", self.export_csv, "export"),
            ListUrl("export-xlsx", "export_xlsx", self.export_xlsx, "export"),
        ]

    def export_csv(self, request: HttpRequest) -> HttpResponse:
        return self.export(request, csv_response)

    def export_xlsx(self, request: HttpRequest) -> HttpResponse:
        return self.export(request, xlsx_response)

    def export(self, request: HttpRequest, write: Write) -> HttpResponse:
        """Return what the list shows for the same filter."""
        entries = Entry.objects.visible_to(request.user, "export")
        rows = TrailFilterForm(request).apply(entries, timezone.now())
        try:
            taken = take(rows.order_by("-happened_at", "-pk"))
        except TooManyRows as error:
            messages.error(request, str(error))
            listing = reverse(f"admin:{self.url_name('changelist')}")
            return HttpResponseRedirect(f"{listing}?{request.GET.urlencode()}")
        return write("audit-trail", TRAIL_COLUMNS, [row_of(row, request.user) for row in taken])

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = TrailFilterForm(request)
        rows = form.apply(Entry.objects.visible_to(request.user), timezone.now())
        page = keyset_page(rows, "happened_at", before=request.GET.get("before", ""))
        exports = []
        if self.may(request, "export"):
            exports = [
                (label, reverse(f"admin:{self.url_name(name)}"))
                for label, name in (("CSV", "export_csv"), ("XLSX", "export_xlsx"))
            ]
        context = {
            "page": page,
            "rows": [row_of(entry, request.user) for entry in page.rows],
            "filters": form,
            "filter_count": form.active_count,
            "exports": exports,
            "shows_places": True,
        }
        return self.show(request, "portal/trail/list.html", context, title=_("Audit trail"))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        entry = self.get_object_or_404(request, unquote(object_id))
        context = {
            "row": row_of(entry, request.user),
            "object_url": object_url(request, entry),
            "all_url": f"?model={entry.model}&id={entry.object_id}&period=12m",
            "opts": self.opts,
            "original": entry,
        }
        return self.show(request, "portal/trail/entry.html", context, title=_("Audit entry"))

    def show(
        self, request: HttpRequest, template: str, context: dict[str, Any], *, title: Any
    ) -> TemplateResponse:
        """Return a page in the frame of the site, portal or console."""
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        frame = {
            **self.admin_site.each_context(request),
            "title": title,
            "is_fullwidth": 1,
            "inline_admin_formsets": [],
        }
        return TemplateResponse(request, template, {**frame, **context})


def object_url(request: HttpRequest, entry: Entry) -> str | None:
    """Return the page of the object; None when it is gone or hidden from the reader."""
    model = model_of(entry.model)
    if model is None or not entry.object_id or not has_right(request, model, "view"):
        return None
    meta = model._meta
    try:
        url = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[entry.object_id])
    except NoReverseMatch:
        return None
    is_there = visible_rows(model, request.user).filter(pk=entry.object_id).exists()
    return url if is_there else None
