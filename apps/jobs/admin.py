"""Jobs in the portal: everybody sees the own ones, admins those of all."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from apps.jobs import views
from apps.jobs.models import Job
from apps.portal.admin import ReadOnlyModelAdmin
from apps.portal.pages import ObjectUrl
from apps.portal.site import portal_site


@admin.register(Job, site=portal_site)
class JobAdmin(ReadOnlyModelAdmin):
    is_large = True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let everybody in: the rows are those that the person sees."""
        return bool(request.user.is_active)

    has_cancel_permission = has_view_permission
    has_download_permission = has_view_permission

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return views.job_list(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return views.job_page(request, self.get_object_or_404(request, unquote(object_id)))

    def object_urls(self) -> list[ObjectUrl]:
        return [
            ObjectUrl("cancel", "cancel", views.cancel_job, "cancel"),
            ObjectUrl("file", "file", views.job_file, "download", method="GET"),
        ]
