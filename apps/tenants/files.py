"""Where logos and favicons are kept, and what they must be to be kept."""

import hashlib
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage
from django.utils.translation import gettext_lazy as _

from apps.tenants.domain.cleaning import ImageFault, ImageRefused, Removed
from apps.tenants.domain.images import MAX_BYTES, clean_image
from apps.tenants.domain.pixels import LONGEST_SIDE

MESSAGES = {
    ImageFault.TOO_LARGE: _("The file is larger than %(kilobytes)s KB. Choose a smaller one."),
    ImageFault.UNREADABLE: _("The file is no image of the kind that its name says."),
    ImageFault.ENTITIES: _(
        "The drawing defines entities, which can hide what it does. "
        "Export it as plain SVG and try again."
    ),
    ImageFault.TOO_COMPLEX: _(
        "The drawing has too many parts, or repeats itself too often. Simplify it and try again."
    ),
    ImageFault.TOO_MANY_PIXELS: _(
        "The image is wider or higher than %(pixels)s pixels. Make it smaller and try again."
    ),
    ImageFault.NOTHING_LEFT: _(
        "Nothing is drawn once scripts and outside references are taken out. "
        "Export it as plain SVG and try again."
    ),
}
NOT_CLEAN = _("The file holds more than an image. Choose it in the form of the brand.")
NUMBERS = {"kilobytes": MAX_BYTES // 1024, "pixels": LONGEST_SIDE}

REMOVED_LABELS = {
    Removed.SCRIPT: _("scripts"),
    Removed.EVENT: _("event handlers"),
    Removed.ANIMATION: _("animations"),
    Removed.FOREIGN: _("foreign content"),
    Removed.OUTSIDE: _("references to the outside"),
    Removed.STYLE: _("styles that do more than paint"),
    Removed.EDITOR: _("data of the drawing program"),
    Removed.UNKNOWN: _("unknown parts"),
}
FINGERPRINT = re.compile(r"^[0-9a-f]{16}\.[a-z]{3}$")


def brand_storage() -> Storage:
    """Return the storage of brand files; the same place in every schema."""
    return FileSystemStorage(base_url="/brand/files/")


def brand_file_name(brand: Any, filename: str) -> str:
    """Return `brands/<schema>/<name>`: nothing of the name somebody chose is kept.

    A cleaned file is named by its fingerprint, which is what the audit trail tells of it.
    """
    if not FINGERPRINT.match(filename):
        filename = f"{secrets.token_hex(8)}.{extension_of(filename)}"
    return f"brands/{brand.tenant.schema_name}/{filename}"


def extension_of(filename: str) -> str:
    return filename.rpartition(".")[2].lower()


def uploaded_folders(schema_name: str) -> tuple[Path, Path]:
    """Return where the tenant's uploads lie: its brand files, and its own folder."""
    root = Path(settings.MEDIA_ROOT)
    return root / "brands" / schema_name, root / schema_name


def cleaned_file(file: Any) -> tuple[ContentFile, Mapping[Removed, int]]:
    """Return what is kept of an uploaded image, named by its fingerprint, and what was removed.

    Raises ValidationError with the reason when nothing can be kept.
    """
    content = file.read(MAX_BYTES + 1)
    file.seek(0)
    extension = extension_of(str(file.name))
    try:
        cleaned = clean_image(content, extension)
    except ImageRefused as error:
        raise ValidationError(
            MESSAGES[error.fault], code=error.fault.value, params=NUMBERS
        ) from error
    fingerprint = hashlib.sha256(cleaned.data).hexdigest()[:16]
    return ContentFile(cleaned.data, name=f"{fingerprint}.{extension}"), cleaned.removed


def check_image(file: Any) -> None:
    """Raise ValidationError unless the file is an image and nothing else: cleaned already."""
    if getattr(file, "_committed", False):
        return
    clean, _removed = cleaned_file(file)
    content = file.read()
    file.seek(0)
    if clean.read() != content:
        raise ValidationError(NOT_CLEAN, code="not_clean")
