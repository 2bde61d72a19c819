"""Which documents somebody of a tenant may see."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from apps.help.models import Document, DocumentVersion
from apps.tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document as its readers see it: with its newest file."""

    document: Document
    version: DocumentVersion
    is_new: bool


def readable(tenant: Tenant, today: date) -> QuerySet[Any]:
    """Return the documents of the tenant that are valid and not withdrawn, with `newest_id`."""
    newest = DocumentVersion.objects.filter(document=OuterRef("pk")).order_by("-number")
    rows: QuerySet[Any] = Document.objects.meant_for(tenant)
    return (
        rows.filter(Q(valid_from=None) | Q(valid_from__lte=today), withdrawn_at=None)
        .annotate(newest_id=Subquery(newest.values("pk")[:1]))
        .filter(newest_id__isnull=False)
    )


def found(
    rows: QuerySet[Any], *, words: str = "", category: str = "", language: str = ""
) -> QuerySet[Any]:
    """Return the documents that hold every word, newest first; a language also finds those without
    one of their own.
    """
    for word in words.split()[:8]:
        rows = rows.filter(Q(title__icontains=word) | Q(description__icontains=word))
    if category:
        rows = rows.filter(category=category)
    if language:
        rows = rows.filter(language__in=[language, ""])
    return rows.order_by("-newest_id", "pk")


def sheets(rows: list[Any], seen_at: datetime | None) -> list[Sheet]:
    """Return the documents with their newest files, in one query more.

    `seen_at`: when the reader looked last; what came since is new.
    """
    versions = DocumentVersion.objects.in_bulk([row.newest_id for row in rows])
    return [
        Sheet(row, versions[row.newest_id], is_new_since(row, versions[row.newest_id], seen_at))
        for row in rows
    ]


def is_new_since(document: Document, version: DocumentVersion, seen_at: datetime | None) -> bool:
    """Say whether the file came, or became valid, after the reader looked last."""
    if seen_at is None or version.uploaded_at > seen_at:
        return True
    valid_from = document.valid_from
    return valid_from is not None and valid_from > timezone.localdate(seen_at)
