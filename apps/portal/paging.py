"""Paging through large tables without counting them."""

from unfold.paginator import InfinitePaginator

MAX_PAGES = 400
"""How far one can page without narrowing the list by a filter; OFFSET grows dear beyond."""


class LargePaginator(InfinitePaginator):
    """Next and previous only, no COUNT; ends after `MAX_PAGES`."""

    @property
    def count(self) -> int:
        return self.per_page * MAX_PAGES
