"""Where logos and favicons are kept, and what they must be to be kept."""

import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.storage import FileSystemStorage, Storage
from django.utils.translation import gettext_lazy as _

from apps.tenants.domain.images import MAX_BYTES, ImageFault, image_fault

MESSAGES = {
    ImageFault.TOO_LARGE: _("The file is larger than %(kilobytes)s KB. Choose a smaller one."),
    ImageFault.UNREADABLE: _("The file is no image of the kind that its name says."),
    ImageFault.PROGRAM: _(
        "The drawing contains a script, an event handler or foreign content. "
        "Export it as plain SVG and try again."
    ),
    ImageFault.LEADS_AWAY: _(
        "The drawing refers to something outside of itself. Embed or remove it and try again."
    ),
}


def brand_storage() -> Storage:
    """Return the storage of brand files; the same place in every schema."""
    return FileSystemStorage(base_url="/brand/files/")


def brand_file_name(brand: Any, filename: str) -> str:
    """Return `brands/<schema>/<random>.<extension>`: nothing of the name somebody chose is kept."""
    extension = filename.rpartition(".")[2].lower()
    return f"brands/{brand.tenant.schema_name}/{secrets.token_hex(8)}.{extension}"


def uploaded_folders(schema_name: str) -> tuple[Path, Path]:
    """Return where the tenant's uploads lie: its brand files, and its own folder."""
    root = Path(settings.MEDIA_ROOT)
    return root / "brands" / schema_name, root / schema_name


def check_image(file: Any) -> None:
    """Raise ValidationError unless the uploaded file is an image that can only be drawn."""
    if getattr(file, "_committed", False):
        return
    content = file.read(MAX_BYTES + 1)
    file.seek(0)
    fault = image_fault(content, str(file.name).rpartition(".")[2].lower())
    if fault:
        raise ValidationError(
            MESSAGES[fault], code=fault.value, params={"kilobytes": MAX_BYTES // 1024}
        )
