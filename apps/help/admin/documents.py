"""The console's documents: uploaded, replaced, withdrawn, never deleted."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from apps.help.forms import DocumentForm, FileForm, NewDocumentForm
from apps.help.models import Document
from apps.help.services.documents import Upload, add_version, publish, restore, withdraw
from apps.help.views.reading import file_response
from apps.portal.admin import PortalModelAdmin
from apps.portal.badges import GOOD, QUIET, Badge
from apps.portal.pages import ObjectUrl
from apps.portal.rendering import render_page
from apps.portal.scope import get_row_or_404
from apps.portal.site import console_site
from apps.portal.templatetags.values import badge
from apps.tenants.choices import TenantKind
from apps.tenants.models import Tenant

GIVEN = Badge(_("Handed out"), "check_circle", GOOD)
WITHDRAWN = Badge(_("Withdrawn"), "block", QUIET)


class WithdrawnFilter(DropdownFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("given", GIVEN.label), ("withdrawn", WITHDRAWN.label)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in {"given", "withdrawn"}:
            return queryset
        return queryset.filter(withdrawn_at__isnull=self.value() == "given")


class ForTenantsMixin:
    """Tenants are looked up by typing, since there may be many; the platform itself is none."""

    autocomplete_fields = ("tenants",)

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> Any:
        rows = super().get_field_queryset(db, db_field, request)  # type: ignore[misc]
        return rows.filter(kind=TenantKind.CUSTOMER) if rows.model is Tenant else rows

    @admin.display(description=_("for"))
    def audience(self, row: Any) -> str:
        if row.is_for_all:
            return str(_("All tenants"))
        return ", ".join(tenant.name for tenant in row.tenants.all())


@admin.register(Document, site=console_site)
class DocumentAdmin(ForTenantsMixin, PortalModelAdmin):
    list_display = (
        "title", "category", "language", "audience", "version", "valid_from", "state_column",
    )  # fmt: skip
    list_filter = ("category", "language", WithdrawnFilter)
    search_fields = ("title", "description", "versions__name")
    ordering = ("title",)
    form = DocumentForm
    change_form_after_template = "help/parts/versions.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        rows = super().get_queryset(request).prefetch_related("tenants")
        return rows.annotate(newest=Max("versions__number"))

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is None:
            kwargs["form"] = NewDocumentForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fields: tuple[str, ...] = DocumentForm.Meta.fields
        return fields if obj else ("file", *fields)

    def save_model(self, request: HttpRequest, obj: Document, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        user: Any = request.user
        publish(obj, Upload(form.cleaned_data["file"], user.email), now=timezone.now())

    def object_urls(self) -> list[ObjectUrl]:
        return [
            ObjectUrl("version", "version", self.version_page, "change", method="GET,POST"),
            ObjectUrl("file", "file", file_view, "view", method="GET"),
            ObjectUrl(
                "withdraw",
                "withdraw",
                withdraw_view,
                "change",
                label=_("Withdraw"),
                icon="block",
                confirm=_("Withdraw this document? No tenant sees it any more."),
                is_shown=lambda request, document: document.withdrawn_at is None,
            ),
            ObjectUrl(
                "restore",
                "restore",
                restore_view,
                "change",
                label=_("Hand out again"),
                icon="undo",
                is_shown=lambda request, document: document.withdrawn_at is not None,
            ),
        ]

    def object_buttons(self, request: HttpRequest, obj: Any) -> list[dict[str, Any]]:
        buttons = super().object_buttons(request, obj)
        if not self.has_change_permission(request, obj):
            return buttons
        new = {
            "url": address("version", obj),
            "label": _("New version"),
            "icon": "upload_file",
            "is_link": True,
        }
        return [new, *buttons]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        document = kwargs.get("obj")
        if document is not None:
            context["versions"] = document.versions.all()
            context["file_url"] = address("file", document)
        return super().render_change_form(request, context, *args, **kwargs)

    def version_page(self, request: HttpRequest, document: Document) -> HttpResponse:
        """Take a file that replaces the newest one."""
        form = FileForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            user: Any = request.user
            add_version(document, Upload(form.cleaned_data["file"], user.email), now=timezone.now())
            messages.success(request, _("The new version is handed out."))
            return to_document(document)
        return render_page(
            request,
            "portal/form_page.html",
            {"form": form},
            title=_("New version"),
            model=Document,
            row=document,
            site=console_site,
        )

    @admin.display(description=_("version"), ordering="newest")
    def version(self, document: Any) -> int | None:
        return document.newest

    @display(description=_("state"))
    def state_column(self, document: Document) -> str:
        return badge(GIVEN if document.withdrawn_at is None else WITHDRAWN)


def address(name: str, document: Document) -> str:
    return reverse(f"admin:help_document_{name}", args=[document.pk])


def to_document(document: Document) -> HttpResponse:
    return HttpResponseRedirect(address("change", document))


def file_view(request: HttpRequest, document: Document) -> Any:
    """Hand out any version of the document, withdrawn or not."""
    return file_response(get_row_or_404(document.versions.all(), request.GET.get("version", "")))


def withdraw_view(request: HttpRequest, document: Document) -> HttpResponse:
    withdraw(document, now=timezone.now())
    messages.success(request, _("The document is withdrawn."))
    return to_document(document)


def restore_view(request: HttpRequest, document: Document) -> HttpResponse:
    restore(document)
    messages.success(request, _("The document is handed out again."))
    return to_document(document)
