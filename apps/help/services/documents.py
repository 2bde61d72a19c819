"""Handing documents to tenants: new ones, new versions of them, taking them back."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from apps.help.domain.files import MEDIA_TYPES, file_kind, safe_name
from apps.help.models import Document, DocumentVersion


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came in: anything of Django's UploadedFile, and who brought it."""

    file: Any
    by: str


def publish(document: Document, upload: Upload, *, now: datetime) -> DocumentVersion:
    """Save a new document with its first file. Raises FileRefused."""
    with transaction.atomic():
        document.save()
        return add_version(document, upload, now=now)


def add_version(document: Document, upload: Upload, *, now: datetime) -> DocumentVersion:
    """Let a file take the place of the newest one, which is kept. Raises FileRefused."""
    kind = file_kind(upload.file.name, upload.file, upload.file.size)
    version = DocumentVersion(
        document=document,
        name=safe_name(upload.file.name, kind),
        media_type=MEDIA_TYPES[kind],
        size=upload.file.size,
        sha256=digest(upload.file),
        uploaded_at=now,
        uploaded_by=upload.by,
    )
    version.file.save(version.name, upload.file, save=False)
    try:
        with transaction.atomic():
            Document.objects.select_for_update().get(pk=document.pk)
            newest = document.versions.aggregate(number=Max("number"))["number"] or 0
            version.number = newest + 1
            version.save()
    except BaseException:
        # Nobody would ever find the file again.
        version.file.storage.delete(str(version.file.name))
        raise
    return version


def digest(file: Any) -> str:
    """Return the SHA-256 of a file, which is left at its beginning."""
    found = hashlib.sha256()
    for chunk in file.chunks():
        found.update(chunk)
    file.seek(0)
    return found.hexdigest()


def withdraw(document: Document, *, now: datetime) -> None:
    """Take the document back: no tenant sees it any more; its files are kept."""
    if document.withdrawn_at is None:
        document.withdrawn_at = now
        document.save(update_fields=["withdrawn_at", "updated_at"])


def restore(document: Document) -> None:
    """Hand the document out again."""
    if document.withdrawn_at is not None:
        document.withdrawn_at = None
        document.save(update_fields=["withdrawn_at", "updated_at"])
