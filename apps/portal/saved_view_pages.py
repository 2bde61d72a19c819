"""Commands of the saved views of any list: each changes one thing and leads back to the list."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _

from apps.core.errors import AppError
from apps.portal import saved_views
from apps.portal.models import SavedView
from apps.portal.saved_views import WITHOUT_VIEW, Listing
from apps.portal.site import portal_site


def save(request: HttpRequest) -> HttpResponse:
    """Keep what the list shows as a new view."""
    listing = listing_of(request)

    def change() -> str:
        view = saved_views.save_view(
            request.user,
            listing,
            name=request.POST.get("name", ""),
            query=request.POST.get("query", ""),
            owner=None if request.POST.get("shared") else request.user,
        )
        messages.success(request, _("The view “%(name)s” was saved.") % {"name": view.name})
        return view.query

    return changed(request, listing, change)


def rename(request: HttpRequest, pk: int) -> HttpResponse:
    listing, view = view_of(request, pk)

    def change() -> None:
        saved_views.rename_view(request.user, view, request.POST.get("name", ""))

    return changed(request, listing, change)


def replace(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what the list shows under the name of a view."""
    listing, view = view_of(request, pk)

    def change() -> str:
        saved_views.replace_view(request.user, view, request.POST.get("query", ""))
        messages.success(request, _("The view “%(name)s” was replaced.") % {"name": view.name})
        return view.query

    return changed(request, listing, change)


def delete(request: HttpRequest, pk: int) -> HttpResponse:
    listing, view = view_of(request, pk)

    def change() -> None:
        saved_views.delete_view(request.user, view)
        messages.success(request, _("The view “%(name)s” was deleted.") % {"name": view.name})

    return changed(request, listing, change)


def begin(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the list begin with a view."""
    listing, view = view_of(request, pk)
    return changed(request, listing, lambda: saved_views.begin_with(request.user, listing, view))


def begin_without(request: HttpRequest) -> HttpResponse:
    """Let the list begin as it does by itself."""
    listing = listing_of(request)
    return changed(request, listing, lambda: saved_views.begin_with(request.user, listing, None))


def choose_columns(request: HttpRequest) -> HttpResponse:
    """Remember the chosen columns; those of the address give way to them."""
    listing = listing_of(request)

    def change() -> str:
        saved_views.choose_columns(request.user, listing, request.POST.getlist("column"))
        query = QueryDict(request.POST.get("query", ""), mutable=True)
        query.pop(saved_views.COLUMNS, None)
        return query.urlencode()

    return changed(request, listing, change)


def listing_of(request: HttpRequest) -> Listing:
    return saved_views.listing_for(request.user, request.POST.get("list", ""))


def view_of(request: HttpRequest, pk: int) -> tuple[Listing, SavedView]:
    listing = listing_of(request)
    return listing, saved_views.view_for(request.user, pk, listing.page)


def changed(
    request: HttpRequest, listing: Listing, change: Callable[[], str | None]
) -> HttpResponse:
    """Do it and lead to the list with the query that comes of it, else with the one shown."""
    query = None
    try:
        query = change()
    except AppError as error:
        messages.error(request, str(error))
    if query is None:
        query = QueryDict(request.POST.get("query", "")).urlencode()
    return HttpResponseRedirect(
        f"{listing.url}?{query}" if query else f"{listing.url}{WITHOUT_VIEW}"
    )


for route, view, name in (
    ("saved-views/save/", save, "saved_view_save"),
    ("saved-views/begin-without/", begin_without, "saved_view_begin_without"),
    ("saved-views/<int:pk>/rename/", rename, "saved_view_rename"),
    ("saved-views/<int:pk>/replace/", replace, "saved_view_replace"),
    ("saved-views/<int:pk>/delete/", delete, "saved_view_delete"),
    ("saved-views/<int:pk>/begin/", begin, "saved_view_begin"),
    ("list-columns/", choose_columns, "list_columns"),
):
    portal_site.add_page(route, view, name=name, right=None, method="POST")
