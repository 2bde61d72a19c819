"""What a question with its answer is made of, and which links its reader may follow."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise

Text = str | Promise


@dataclass(frozen=True, slots=True)
class PageLink:
    """A page of the portal, shown to whoever holds all of `rights`."""

    label: Text
    url_name: str
    rights: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """`slug` is the anchor and stays."""

    slug: str
    question: Text
    answer: Text
    links: tuple[PageLink, ...] = ()

    def holds(self, words: Iterable[str]) -> bool:
        """Say whether the entry, in the active language, contains every one of casefolded words."""
        text = f"{self.question} {self.answer}".casefold()
        return all(word in text for word in words)


@dataclass(frozen=True, slots=True)
class Topic:
    slug: str
    title: Text
    icon: str
    entries: tuple[Entry, ...]


def open_links(request: HttpRequest, links: Iterable[PageLink]) -> list[tuple[Text, str]]:
    """Return label and address of the pages that exist and that the reader may open."""
    found = []
    for link in links:
        if not all(request.user.has_perm(right) for right in link.rights):
            continue
        try:
            found.append((link.label, reverse(link.url_name)))
        except NoReverseMatch:
            continue
    return found
