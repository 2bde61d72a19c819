"""The model admins from which the portal's pages are made; they close the stock parts' holes.

Rows come from `visible_to` only: a foreign row is not found (404), a missing right refused (403).
"""

from collections.abc import Callable, Iterable
from functools import update_wrapper
from typing import Any, NoReturn

from django import forms
from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import NotRelationField, get_fields_from_path, unquote
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from unfold import admin as unfold

from apps.core.errors import AppError
from apps.portal import gates
from apps.portal.checks import PortalModelAdminChecks
from apps.portal.filters import ChoicesFilter, ScopedRelatedFilter
from apps.portal.pages import ListUrl, ObjectUrl, refused_method
from apps.portal.paging import LargePaginator
from apps.portal.scope import get_row_or_404, has_right, visible_rows
from apps.portal.trail.history import history_page
from apps.tenants.domain.gates import Gate

ROWS_PER_PAGE = 50


class NotKept:
    """Unfold keeps the request on the shared model admin, where threads would mix it up."""

    def __get__(self, instance: object, owner: type | None = None) -> NoReturn:
        raise AttributeError("A model admin keeps no request; it is an argument.")

    def __set__(self, instance: object, value: object) -> None:
        """Forget the value."""


class ScopedMixin:
    """Rows, related rows and rights by `visible_to`; for model admins and inlines alike."""

    model: type[Model]
    can_delete_rows = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = visible_rows(self.model, request.user, "view")
        return rows.order_by(*self.deterministic_ordering(request))

    def deterministic_ordering(self, request: HttpRequest) -> list[Any]:
        """Return the ordering with the primary key at its end."""
        ordering = list(self.get_ordering(request) or self.model._meta.ordering)
        last = ordering[-1] if ordering else None
        if not (isinstance(last, str) and last.lstrip("-") in {"pk", "id"}):
            ordering.append("pk")
        return ordering

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> Any:
        """Return the rows that a relation may point to; every drop-down starts here."""
        related = db_field.remote_field.model
        return visible_rows(related, request.user).order_by(*(related._meta.ordering or ["pk"]))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return has_right(request, self.model, "view")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return has_right(request, self.model, "add")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request) and has_right(request, self.model, "change")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.can_delete_rows and has_right(request, self.model, "delete")


class PortalModelAdmin(ScopedMixin, unfold.ModelAdmin):
    """Base of every model admin. `can_delete` and `is_large` are switched on where they apply."""

    can_delete = False
    is_large = False
    # What the tenant has to book before rows can be added or changed; looking stays possible.
    gate: Gate | None = None
    list_per_page = ROWS_PER_PAGE
    list_max_show_all = ROWS_PER_PAGE
    show_full_result_count = False
    list_filter_submit = True
    list_fullwidth = True
    compressed_fields = True
    warn_unsaved_form = True
    checks_class = PortalModelAdminChecks
    change_form_template = "portal/change_form.html"
    request = NotKept()

    @property
    def can_delete_rows(self) -> bool:  # type: ignore[override]
        return self.can_delete

    def has_add_permission(self, request: HttpRequest) -> bool:  # type: ignore[override]
        may_add = has_right(request, self.model, "add")
        return may_add and not gates.notice(request, self.gate)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_object_or_404(self, request: HttpRequest, object_id: Any, action: str = "view") -> Any:
        """Return the row. Raises PermissionDenied without the right, Http404 for a foreign one."""
        if not self.may(request, action):
            raise PermissionDenied
        rows = self.get_queryset(request)
        if action != "view":
            rows = rows.filter(pk__in=visible_rows(self.model, request.user, action).values("pk"))
        obj = get_row_or_404(rows, object_id)
        if not self.may(request, action, obj):
            raise PermissionDenied
        return obj

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: Any
    ) -> NoReturn:
        raise Http404

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        obj = self.get_object_or_404(request, unquote(object_id), "view")
        return history_page(request, self.admin_site, obj)

    def log_addition(self, *args: Any) -> None:
        """Write nothing: the audit trail tells of it."""

    def log_change(self, *args: Any) -> None:
        """Write nothing: the audit trail tells of it."""

    def log_deletions(self, *args: Any) -> None:
        """Write nothing: the audit trail tells of it."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        title = capfirst(str(self.opts.verbose_name_plural))
        context = {"title": title, "gate_notice": gates.notice(request, self.gate)}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """Show or save the form; what a service refuses is told on the same page."""
        if object_id is None or request.method == "POST":
            gates.require(request, self.gate)
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except AppError as error:
            return self.told(request, error)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except AppError as error:
            return self.told(request, error)

    def told(self, request: HttpRequest, error: AppError, address: str = "") -> HttpResponse:
        """Show what was refused and why, on the page from which it came."""
        messages.error(request, str(error))
        return HttpResponseRedirect(address or request.get_full_path())

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        """Return a form class of this request's own that knows who fills it in."""
        form = super().get_form(request, obj, change=change, **kwargs)
        form.actor = request.user  # type: ignore[attr-defined]
        return form

    def _filter_actions_by_permissions(
        self, request: HttpRequest, actions: Iterable[Any]
    ) -> list[Any]:
        """Return the list actions whose rights the person holds; a right needs no own method."""
        return [
            (function, name, description)
            for function, name, description in actions
            if all(
                self.may(request, action)
                for action in getattr(function, "allowed_permissions", None) or ["?"]
            )
        ]

    def may(self, request: HttpRequest, action: str, obj: Any = None) -> bool:
        """Say whether the person may do `action` with rows of this model, or with this row."""
        method: Callable[..., bool] | None = getattr(self, f"has_{action}_permission", None)
        if method is None:
            return has_right(request, self.model, action)
        return method(request) if obj is None else method(request, obj)

    def get_paginator(
        self, request: HttpRequest, queryset: Any, per_page: int, **kwargs: Any
    ) -> Any:
        if self.is_large:
            return LargePaginator(queryset, per_page, **kwargs)
        return super().get_paginator(request, queryset, per_page, **kwargs)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [self.scoped_filter(entry) for entry in super().get_list_filter(request)]

    def scoped_filter(self, entry: Any) -> Any:
        """Return a plain name as a filter in the theme's form that offers visible rows only."""
        if not isinstance(entry, str):
            return entry
        try:
            field = get_fields_from_path(self.model, entry)[-1]
        except (FieldDoesNotExist, NotRelationField):
            return entry
        if field.remote_field:
            return (entry, ScopedRelatedFilter)
        return (entry, ChoicesFilter) if field.choices else entry

    @property
    def media(self) -> forms.Media:
        """Scripts of the list's filters belong to the page whatever the request was."""
        media = super().media
        for entry in self.list_filter:
            kind = entry[1] if isinstance(entry, tuple | list) else entry
            form_media = getattr(getattr(kind, "form_class", None), "Media", None)
            if form_media is not None:
                media += forms.Media(form_media)
        return media

    def object_urls(self) -> list[ObjectUrl]:
        """Return what an object of this model can do beside Django's own pages."""
        return []

    def list_urls(self) -> list[ListUrl]:
        """Return pages and fragments that stand beside the list."""
        return []

    def url_name(self, name: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{name}"

    def get_urls(self) -> list[URLPattern]:
        lists = [
            path(f"{page.path.strip('/')}/", self.list_page(page), name=self.url_name(page.name))
            for page in self.list_urls()
        ]
        objects = [
            path(
                f"<path:object_id>/{page.path.strip('/')}/",
                self.object_page(page),
                name=self.url_name(page.name),
            )
            for page in self.object_urls()
        ]
        return [*lists, *objects, *super().get_urls()]

    def list_page(self, page: ListUrl) -> Callable[..., HttpResponse]:
        def view(request: HttpRequest) -> HttpResponse:
            refused = refused_method(request, page.method)
            if refused is not None:
                return refused
            if not self.may(request, page.action):
                raise PermissionDenied
            try:
                return page.view(request)
            except IncorrectLookupParameters:
                return self.to_list_without_filters()
            except AppError as error:
                listing = reverse(f"admin:{self.url_name('changelist')}")
                return self.told(request, error, f"{listing}?{request.GET.urlencode()}")

        view.portal_page = page  # type: ignore[attr-defined]
        return self.guarded(view)

    def to_list_without_filters(self) -> HttpResponse:
        """Lead to the list as Django does when it does not know a filter."""
        listing = f"admin:{self.url_name('changelist')}"
        return HttpResponseRedirect(f"{reverse(listing)}?e=1")

    def object_page(self, page: ObjectUrl) -> Callable[..., HttpResponse]:
        def view(request: HttpRequest, object_id: str) -> HttpResponse:
            refused = refused_method(request, page.method)
            if refused is not None:
                return refused
            obj = self.get_object_or_404(request, unquote(object_id), page.action)
            try:
                return page.view(request, obj)
            except AppError as error:
                change = reverse(f"admin:{self.url_name('change')}", args=[obj.pk])
                return self.told(request, error, change)

        view.portal_page = page  # type: ignore[attr-defined]
        return self.guarded(view)

    def guarded(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """Return the view behind the site's log-in and CSRF checks."""

        def wrapper(*args: Any, **kwargs: Any) -> HttpResponse:
            return self.admin_site.admin_view(view)(*args, **kwargs)

        wrapper.model_admin = self  # type: ignore[attr-defined]
        return update_wrapper(wrapper, view)

    def object_buttons(self, request: HttpRequest, obj: Any) -> list[dict[str, Any]]:
        """Return the buttons of an object's page: `[{"url", "label", "icon", "confirm"}]`."""
        return [
            {
                "url": reverse(f"admin:{self.url_name(page.name)}", args=[obj.pk]),
                "label": page.label,
                "icon": page.icon,
                "confirm": page.confirm,
            }
            for page in self.object_urls()
            if page.label
            and page.method == "POST"
            and self.may(request, page.action, obj)
            and (page.is_shown is None or page.is_shown(request, obj))
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj") or context.get("original")
        context["gate_notice"] = gates.notice(request, self.gate)
        context["object_buttons"] = self.object_buttons(request, obj) if obj else []
        return super().render_change_form(request, context, *args, **kwargs)


class ReadOnlyModelAdmin(PortalModelAdmin):
    """For what only the system writes: no add, change or delete, whatever rights a group holds."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # type: ignore[override]
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PortalTabularInline(ScopedMixin, unfold.TabularInline):
    """Rows of another model in a table on an object's page."""

    extra = 0
    can_delete = False


class PortalStackedInline(ScopedMixin, unfold.StackedInline):
    """Rows of another model one below the other on an object's page."""

    extra = 0
    can_delete = False
