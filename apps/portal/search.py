"""The search palette (Ctrl+K): a few hits of each kind, read anew each time.

Nothing is cached, so no hit outlives a right or reaches another person. Rooms register what can be
found: `register(ModelSource(Station, exact=("charge_box_id",), contains=("name",), ...))`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import Case, IntegerField, Model, Q, Value, When
from django.http import HttpRequest
from django.urls import reverse
from unfold.dataclasses import SearchResult

from apps.portal.navigation import allowed_items, is_console
from apps.portal.scope import has_right, visible_rows

MIN_LENGTH = 2
MAX_LENGTH = 100
HITS_PER_SOURCE = 8


class Source(Protocol):
    def find(self, request: HttpRequest, term: str) -> Iterable[SearchResult]:
        """Return at most `HITS_PER_SOURCE` hits that the person may see."""
        ...


@dataclass(frozen=True, slots=True)
class ModelSource:
    """Rows of a model: fields that match whole come first, then those that begin or contain it.

    `starts` suits large tables (an index on the field helps), `contains` small ones. `is_open`
    may close the source to a user whatever the rights.
    """

    model: type[Model]
    exact: tuple[str, ...]
    starts: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    icon: str = "data_object"
    url_name: str = ""
    title: Callable[[Any], str] = str
    describe: Callable[[Any], str] | None = None
    is_open: Callable[[Any], bool] | None = None

    def find(self, request: HttpRequest, term: str) -> list[SearchResult]:
        if not has_right(request, self.model, "view"):
            return []
        if self.is_open is not None and not self.is_open(request.user):
            return []
        whole = any_of(self.exact, "iexact", term)
        part = any_of(self.starts, "istartswith", term) | any_of(self.contains, "icontains", term)
        rank = Case(When(whole, then=Value(0)), default=Value(1), output_field=IntegerField())
        rows = visible_rows(self.model, request.user).filter(whole | part)
        return [self.result(row) for row in rows.order_by(rank, "pk")[:HITS_PER_SOURCE]]

    def result(self, row: Any) -> SearchResult:
        meta = self.model._meta
        name = self.url_name or f"admin:{meta.app_label}_{meta.model_name}_change"
        description = self.describe(row) if self.describe else str(meta.verbose_name)
        return SearchResult(
            title=self.title(row),
            description=description,
            link=reverse(name, args=[row.pk]),
            icon=self.icon,
        )


def any_of(fields: Iterable[str], lookup: str, term: str) -> Q:
    """Return a condition that is true when any of the fields matches; none: never true."""
    condition = Q(pk__in=[])
    for field in fields:
        condition |= Q(**{f"{field}__{lookup}": term})
    return condition


_portal_sources: list[Source] = []
_console_sources: list[Source] = []


def register(source: Source) -> None:
    """Let the palette of the portal find what the source finds."""
    _portal_sources.append(source)


def register_for_console(source: Source) -> None:
    """Let the palette of the platform console find what the source finds."""
    _console_sources.append(source)


def pages(request: HttpRequest, term: str) -> list[SearchResult]:
    """Return pages of the sidebar whose title contains the term."""
    return [
        SearchResult(title=str(item.title), description=str(group.title), link=link, icon=item.icon)
        for group, items in allowed_items(request)
        for item, link in items
        if term.lower() in str(item.title).lower()
    ]


def palette(request: HttpRequest, term: str) -> list[SearchResult]:
    """Return the hits for a term of 2 to 100 characters, rows before pages."""
    term = term.replace("\x00", "").strip()[:MAX_LENGTH]
    if len(term) < MIN_LENGTH:
        return []
    sources = _console_sources if is_console(request) else _portal_sources
    rows = [hit for source in sources for hit in source.find(request, term)]
    return [*rows, *pages(request, term)]
