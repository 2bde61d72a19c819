"""The audit trail: list, one entry, files. Nobody adds, changes or deletes anything here."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.audit.models import Entry
from apps.portal.admin import ReadOnlyModelAdmin
from apps.portal.exports import take
from apps.portal.file_exports import FileExports, Write
from apps.portal.keyset import keyset_page
from apps.portal.rendering import render_page
from apps.portal.scope import has_right, visible_rows
from apps.portal.site import console_site, portal_site
from apps.portal.trail.columns import TRAIL_COLUMNS
from apps.portal.trail.filters import TrailFilterForm
from apps.portal.trail.wording import model_of, row_of


@admin.register(Entry, site=portal_site)
@admin.register(Entry, site=console_site)
class EntryAdmin(FileExports, ReadOnlyModelAdmin):
    """Who did what, when, before and after, from where (ACC-07)."""

    is_large = True

    def export(self, request: HttpRequest, write: Write) -> HttpResponse:
        entries = Entry.objects.visible_to(request.user, "export")
        rows = TrailFilterForm(request).apply(entries, timezone.now())
        taken = take(rows.order_by("-happened_at", "-pk"))
        return write("audit-trail", TRAIL_COLUMNS, [row_of(row, request.user) for row in taken])

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = TrailFilterForm(request)
        rows = form.apply(Entry.objects.visible_to(request.user), timezone.now())
        page = keyset_page(rows, "happened_at", before=request.GET.get("before", ""))
        context = {
            "page": page,
            "rows": [row_of(entry, request.user) for entry in page.rows],
            "filters": form,
            "filter_count": form.active_count,
            "exports": self.export_links(request),
            "shows_places": True,
        }
        return render_page(
            request,
            "portal/trail/list.html",
            context,
            title=_("Audit trail"),
            site=self.admin_site,
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        entry = self.get_object_or_404(request, unquote(object_id))
        context = {
            "row": row_of(entry, request.user),
            "object_url": object_url(request, entry),
            "all_url": f"?model={entry.model}&id={entry.object_id}&period=12m",
        }
        return render_page(
            request,
            "portal/trail/entry.html",
            context,
            title=_("Audit entry"),
            model=Entry,
            row=entry,
            site=self.admin_site,
        )


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
