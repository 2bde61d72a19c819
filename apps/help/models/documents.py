"""Documents that the platform operator hands to tenants, and the files of each (public schema)."""

import secrets
from typing import Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage, Storage
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.bulk import WatchedQuerySet
from apps.core.models import TimeStamped
from apps.help.choices import Category
from apps.help.models.audience import ForTenants, ForTenantsQuerySet

FOLDER = "documents"


def document_storage() -> Storage:
    """Return where files lie; the same place in every schema, and under no address."""
    return FileSystemStorage(location=settings.MEDIA_ROOT, base_url=None)


def stored_name(version: Any, filename: str) -> str:
    """Return a random name: nothing that somebody chose reaches the disk."""
    return f"{FOLDER}/{secrets.token_hex(16)}"


class Document(TimeStamped, ForTenants):
    """One document; its newest version is what tenants get."""

    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("description"), max_length=2_000, blank=True)
    category = models.CharField(_("category"), max_length=20, choices=Category.choices)
    language = models.CharField(
        _("language"), max_length=5, blank=True, help_text=_("Empty: no language of its own.")
    )
    valid_from = models.DateField(
        _("valid from"), null=True, blank=True, help_text=_("Tenants see it from that day on.")
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True, editable=False)

    objects = ForTenantsQuerySet.as_manager()

    class Meta:
        ordering = ["title", "pk"]
        verbose_name = _("document")
        verbose_name_plural = _("documents")

    def __str__(self) -> str:
        return self.title


class DocumentVersion(models.Model):
    """One file of a document. Numbers count up; older files are kept and seen in the console."""

    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="versions", verbose_name=_("document")
    )
    number = models.PositiveIntegerField(_("version"))
    file = models.FileField(_("file"), storage=document_storage, upload_to=stored_name)
    name = models.CharField(_("file name"), max_length=140)
    media_type = models.CharField(_("file type"), max_length=100)
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.CharField("SHA-256", max_length=64)
    uploaded_at = models.DateTimeField(_("uploaded at"))
    uploaded_by = models.CharField(_("uploaded by"), max_length=254)

    objects = WatchedQuerySet.as_manager()

    class Meta:
        ordering = ["document", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "number"], name="help_document_version_once"
            )
        ]
        verbose_name = _("document version")
        verbose_name_plural = _("document versions")

    def __str__(self) -> str:
        return self.name
