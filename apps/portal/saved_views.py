"""Views of a list: its filter, tab, graph and columns under a name, one's own or everybody's.

A room says once which list keeps views, and its template shows them:

    saved_views.register(Listing("infrastructure.station"))
    {% load saved_views %}{% saved_views "infrastructure.station" %}
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError
from apps.portal.models import LONGEST_QUERY, ListChoice, SavedView

RIGHT_TO_SHARE = "portal.change_savedview"
MOST_VIEWS = 50
"""Views of one list that a person keeps; as many are shared."""

NOT_KEPT = ("before", "fragment", "p", "e")
"""Parameters of the moment: pages and parts of pages."""

COLUMNS = "columns"
WITHOUT_VIEW = "?q="
"""Opens a list without the view that it begins with; an empty search says nothing else."""


class ViewRefused(AppError):
    """A view that cannot be kept as asked."""

    code = "view_refused"


class NameMissing(ViewRefused):
    message = _("Give the view a name of at most %(limit)s characters.")


class NameTaken(ViewRefused):
    message = _("There is a view with this name. Replace it, or choose another name.")


class TooManyViews(ViewRefused):
    message = _("There are %(limit)s views already. Delete one first.")


class FilterTooLong(ViewRefused):
    message = _("The filter is too long to be kept.")


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that keeps views. `page`: label of the model that it shows.

    Shared views that set a parameter of `private` are only for people with `private_right`.
    """

    page: str
    private: frozenset[str] = frozenset()
    private_right: str = ""

    @property
    def right(self) -> str:
        app_label, model = self.page.split(".")
        return f"{app_label}.view_{model}"

    @property
    def url(self) -> str:
        return reverse(f"admin:{self.page.replace('.', '_')}_changelist")

    def is_open_to(self, user: Any, view: SavedView) -> bool:
        """Say whether the filter may be shown to the person: a search may name a driver."""
        if not view.is_shared or not self.private or user.has_perm(self.private_right):
            return True
        return not self.private & {name for name, value in items(view.query) if value}


_listings: dict[str, Listing] = {}


def register(listing: Listing) -> None:
    _listings[listing.page] = listing


def listing_for(user: Any, page: str) -> Listing:
    """Return the list. Raises Http404 for an unknown one, PermissionDenied without its right."""
    if page not in _listings:
        raise Http404
    listing = _listings[page]
    if not (user.is_active and user.has_perm(listing.right)):
        raise PermissionDenied
    return listing


def items(query: str) -> list[tuple[str, str]]:
    return [(name, value) for name, values in QueryDict(query).lists() for value in values]


def kept_query(query: QueryDict, columns: Sequence[str] = ()) -> str:
    """Return what a view keeps of an address: its set parameters in order, and the columns.

    It is never empty: a list without any query may begin with another view.
    """
    kept = query.copy()
    for name in NOT_KEPT:
        kept.pop(name, None)
    if columns:
        kept[COLUMNS] = ",".join(columns)
    pairs = sorted((name, value) for name, value in items(kept.urlencode()) if value)
    result = QueryDict(mutable=True)
    for name, value in pairs:
        result.appendlist(name, value)
    return result.urlencode() or WITHOUT_VIEW.removeprefix("?")


def views_for(user: Any, listing: Listing) -> list[SavedView]:
    """Return the person's own views by name, then those that everybody has."""
    rows = SavedView.objects.filter(page=listing.page, owner__in=[user.pk]) | (
        SavedView.objects.filter(page=listing.page, owner=None)
    )
    found = [view for view in rows.order_by("name", "pk") if listing.is_open_to(user, view)]
    return sorted(found, key=lambda view: view.is_shared)


def view_for(user: Any, pk: int, page: str) -> SavedView:
    """Return a view that the person sees in the list. Raises Http404."""
    listing = listing_for(user, page)
    for view in views_for(user, listing):
        if view.pk == pk:
            return view
    raise Http404


def choice_of(user: Any, listing: Listing) -> ListChoice | None:
    choices = ListChoice.objects.filter(user_id=user.pk, page=listing.page)
    return choices.select_related("first_view").first()


def first_address(request: HttpRequest, page: str) -> str | None:
    """Return where the list begins for the person; None: as it is, or the address says more."""
    listing = _listings[page]
    if request.GET or request.method not in {"GET", "HEAD"}:
        return None
    choice = choice_of(request.user, listing)
    view = choice.first_view if choice else None
    if view is None or not listing.is_open_to(request.user, view):
        return None
    return f"{listing.url}?{view.query}"


@transaction.atomic
def save_view(
    user: Any, listing: Listing, *, name: str, query: str, owner: Any | None
) -> SavedView:
    """Keep the filter under the name for `owner`, None: for everybody. Raises ViewRefused."""
    require_to_share(user, owner is None)
    others = SavedView.objects.filter(page=listing.page, owner=owner)
    if others.count() >= MOST_VIEWS:
        raise TooManyViews(limit=MOST_VIEWS)
    view = SavedView(page=listing.page, owner=owner, query=checked_query(query))
    name_view(view, name)
    view.save()
    return view


@transaction.atomic
def rename_view(user: Any, view: SavedView, name: str) -> None:
    """Give the view another name. Raises ViewRefused."""
    require_to_share(user, view.is_shared)
    name_view(view, name)
    view.save()


@transaction.atomic
def replace_view(user: Any, view: SavedView, query: str) -> None:
    """Keep another filter under the view's name. Raises ViewRefused."""
    require_to_share(user, view.is_shared)
    view.query = checked_query(query)
    view.save()


@transaction.atomic
def delete_view(user: Any, view: SavedView) -> None:
    require_to_share(user, view.is_shared)
    view.delete()


def begin_with(user: Any, listing: Listing, view: SavedView | None) -> None:
    """Let the list begin with the view for this person; None: without any."""
    remember(user, listing, first_view=view)


def choose_columns(user: Any, listing: Listing, columns: Sequence[str]) -> None:
    """Remember which columns the person wants to see in the list; none: all."""
    remember(user, listing, columns=list(columns))


def remember(user: Any, listing: Listing, **values: Any) -> None:
    ListChoice.objects.update_or_create(user_id=user.pk, page=listing.page, defaults=values)


def require_to_share(user: Any, is_shared: bool) -> None:
    if is_shared and not user.has_perm(RIGHT_TO_SHARE):
        raise PermissionDenied


def name_view(view: SavedView, name: str) -> None:
    """Set the name. Raises NameMissing, NameTaken."""
    limit = SavedView._meta.get_field("name").max_length or 0
    view.name = " ".join(name.split())
    if not view.name or len(view.name) > limit or not view.name.isprintable():
        raise NameMissing(limit=limit)
    same = SavedView.objects.filter(page=view.page, owner=view.owner_id, name=view.name)
    if same.exclude(pk=view.pk).exists():
        raise NameTaken


def checked_query(query: str) -> str:
    """Return the query as views keep it. Raises FilterTooLong."""
    kept = kept_query(QueryDict(query))
    if len(kept) > LONGEST_QUERY:
        raise FilterTooLong
    return kept


def shown_columns(request: HttpRequest, page: str, known: Sequence[str]) -> list[str]:
    """Return the ids of `known` that are shown: those of the address, else of the person's choice.

    Ids that are not known (any more) are left out; where none is left there is no choice.
    """
    named = request.GET.get(COLUMNS, "")
    if named:
        wanted = set(named.split(","))
    else:
        choice = choice_of(request.user, _listings[page])
        wanted = set(choice.columns) if choice else set()
    return [name for name in known if name in wanted]
