"""Addresses in the portal, open to everybody who is logged in, and answers in its search."""

from django.http import HttpRequest
from django.urls import reverse
from unfold.dataclasses import SearchResult

from apps.help.texts.faq import TOPICS
from apps.help.views import reading, status
from apps.portal import search
from apps.portal.site import console_site, portal_site

HITS = 4

portal_site.add_page("help/faq/", reading.faq, name="faq", right=None)
portal_site.add_page("help/releases/", reading.release_notes, name="releases", right=None)
portal_site.add_page("help/documents/", reading.documents, name="documents", right=None)
portal_site.add_page(
    "help/documents/<int:pk>/file/", reading.document_file, name="document_file", right=None
)
portal_site.add_page("help/status/", status.portal_status, name="status", right=None)
portal_site.add_page(
    "help/status/dismiss/", status.dismiss_banner, name="dismiss_banner", right=None, method="POST"
)
console_site.add_page(
    "help/status/", status.console_status, name="status", right="help.view_malfunction"
)


class AnswerSource:
    """Questions that contain every word of the term."""

    def find(self, request: HttpRequest, term: str) -> list[SearchResult]:
        words = term.casefold().split()
        address = reverse("admin:faq")
        hits = [
            SearchResult(
                title=str(entry.question),
                description=str(topic.title),
                link=f"{address}#{entry.slug}",
                icon="help",
            )
            for topic in TOPICS
            for entry in topic.entries
            if all(word in str(entry.question).casefold() for word in words)
        ]
        return hits[:HITS]


search.register(AnswerSource())
