"""The portal's pages to read: answers, release notes, documents."""

from typing import Any

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.help.filters import DocumentFilterForm
from apps.help.models import DocumentVersion
from apps.help.selectors.documents import found, readable, sheets
from apps.help.selectors.readers import reader_of
from apps.help.services.readers import see_documents, see_releases
from apps.help.texts import releases
from apps.help.texts.entries import Topic, open_links
from apps.help.texts.faq import TOPICS
from apps.portal.rendering import render_page
from apps.portal.scope import get_row_or_404
from apps.tenants.selectors import current_tenant

ROWS = 50
LONGEST_SEARCH = 100
FILE_POLICY = "default-src 'none'; sandbox"


def faq(request: HttpRequest) -> HttpResponse:
    """Show all answers, or those that contain every word of `q`."""
    term = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    topics = [shown for topic in TOPICS if (shown := topic_shown(request, topic, term))["entries"]]
    context = {"topics": topics, "term": term, "number": sum(len(one["entries"]) for one in topics)}
    return render_page(request, "help/faq.html", context, title=_("Questions and answers"))


def topic_shown(request: HttpRequest, topic: Topic, term: str) -> dict[str, Any]:
    """Return a topic with its fitting answers and the links that the reader may follow."""
    words = term.casefold().split()
    return {
        "topic": topic,
        "entries": [
            {"entry": entry, "links": open_links(request, entry.links)}
            for entry in topic.entries
            if entry.holds(words)
        ],
    }


def release_notes(request: HttpRequest) -> HttpResponse:
    """Show what each version brought; what came since the last visit is marked, once."""
    user: Any = request.user
    tenant = current_tenant()
    seen = reader_of(tenant, user.pk).release_seen
    rows = [(one, releases.is_new_since(one.version, seen)) for one in releases.RELEASES]
    if seen != releases.newest():
        see_releases(tenant, user.pk, releases.newest())
    return render_page(request, "help/releases.html", {"releases": rows}, title=_("Release notes"))


def documents(request: HttpRequest) -> HttpResponse:
    """Show the documents of the tenant; what came since the last visit is marked, once."""
    user: Any = request.user
    tenant, now = current_tenant(), timezone.now()
    form = DocumentFilterForm(request)
    rows = found(
        readable(tenant, timezone.localdate(now)),
        words=form.value("search") or "",
        category=form.value("category") or "",
        language=form.value("language") or "",
    )
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    reader = reader_of(tenant, user.pk)
    context = {
        "filters": form,
        "filter_count": form.active_count,
        "page": page,
        "sheets": sheets(list(page.object_list), reader.documents_seen_at),
    }
    see_documents(tenant, user.pk, now=now)
    return render_page(request, "help/documents.html", context, title=_("Documents"))


def document_file(request: HttpRequest, pk: int) -> Any:
    """Hand out the newest file of a document that the tenant may read."""
    document: Any = get_row_or_404(readable(current_tenant(), timezone.localdate()), pk)
    return file_response(DocumentVersion.objects.get(pk=document.newest_id))


def file_response(version: DocumentVersion) -> FileResponse:
    """Return the file to be saved, never to be shown; a file that is gone is not found."""
    try:
        content = version.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(
        content, as_attachment=True, filename=version.name, content_type=version.media_type
    )
    response.headers["Content-Security-Policy"] = FILE_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
