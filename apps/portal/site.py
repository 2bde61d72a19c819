"""The admin sites: the portal of a tenant and the console of the platform operator."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from unfold.forms import AdminOwnPasswordChangeForm
from unfold.sites import UnfoldAdminSite

from apps.portal.login import LoginForm
from apps.portal.pages import refused_method
from apps.portal.search import palette

View = Callable[..., HttpResponse]


class PortalSite(UnfoldAdminSite):
    """Unfold's site, found at the root of a host. Rooms add pages of their own in their `admin`."""

    enable_nav_sidebar = True
    login_form = LoginForm
    login_view: type[LoginView] = LoginView
    """What happens once the password is right, in which a room may have a say."""

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.pages: list[tuple[str, str, View]] = []
        self.index_view: View | None = None

    def has_permission(self, request: HttpRequest) -> bool:
        """Every active user of this schema may enter; permissions decide what is shown."""
        return bool(request.user.is_active)

    def add_page(
        self, route: str, view: View, *, name: str, right: str | None, method: str = "GET"
    ) -> None:
        """Show `view(request, ...)` at `route` as `admin:<name>` to whoever holds `right`.

        Without a right (None) every active user of the schema may see it.
        """

        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            refused = refused_method(request, method)
            if refused is None and right is not None and not request.user.has_perm(right):
                raise PermissionDenied
            return refused or view(request, *args, **kwargs)

        self.pages.append((route, name, update_wrapper(checked, view)))

    def set_index(self, view: View) -> None:
        """Make `view(request)` the first page."""
        self.index_view = view

    def index(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if self.index_view is not None:
            return self.index_view(request)
        return super().index(request, extra_context)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the log-in page; a fragment lets its whole page say that the session is over."""
        if request.headers.get("HX-Request"):
            is_in = request.user.is_authenticated
            headers = {"HX-Refresh": "true"} if is_in else {"HX-Trigger": "session-over"}
            return HttpResponse(status=204, headers=headers)
        index = reverse(f"{self.name}:index", current_app=self.name)
        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(index)
        context = {
            **self.each_context(request),
            "title": _("Log in"),
            "app_path": request.get_full_path(),
            **(extra_context or {}),
        }
        if REDIRECT_FIELD_NAME not in {*request.GET, *request.POST}:
            context[REDIRECT_FIELD_NAME] = index
        request.current_app = self.name  # type: ignore[attr-defined]
        view = self.login_view.as_view(
            authentication_form=self.login_form,
            template_name="admin/login.html",
            extra_context=context,
        )
        response: Any = never_cache(view)(request)
        return response

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show and save the form for the own password, in which a room may have a say."""
        view = PasswordChangeView.as_view(
            form_class=self.password_change_form or AdminOwnPasswordChangeForm,
            success_url=reverse(f"{self.name}:password_change_done", current_app=self.name),
            template_name="registration/password_change_form.html",
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        request.current_app = self.name  # type: ignore[attr-defined]
        return view(request)

    def search(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Answer the palette; unlike the theme's own view it keeps no results."""
        return TemplateResponse(
            request,
            "portal/search_results.html",
            {"results": palette(request, request.GET.get("s", ""))},
            headers={"HX-Trigger": "search", "Cache-Control": "no-store"},
        )

    def get_urls(self) -> list[URLPattern]:
        pages = [path(route, self.admin_view(view), name=name) for route, name, view in self.pages]
        return [*pages, *super().get_urls()]


portal_site = PortalSite(name="admin")
console_site = PortalSite(name="admin")
