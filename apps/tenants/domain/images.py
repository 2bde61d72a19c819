"""What is kept of an uploaded logo or favicon: an image that can be drawn and nothing else.

A drawing (SVG) is written anew from what a list allows, pixels (PNG, ICO) without what describes
them. What cannot be made safe is refused with the reason.
"""

from apps.tenants.domain.cleaning import Cleaned, ImageFault, ImageRefused
from apps.tenants.domain.drawings import clean_drawing
from apps.tenants.domain.pixels import clean_icon, clean_png

MAX_BYTES = 256 * 1024


def clean_image(data: bytes, extension: str) -> Cleaned:
    """Return what is kept of the file. `extension`: "svg", "png" or "ico".

    Cleaning what is clean already changes nothing. Raises ImageRefused.
    """
    if len(data) > MAX_BYTES:
        raise ImageRefused(ImageFault.TOO_LARGE)
    if extension == "svg":
        return clean_drawing(data)
    if extension == "png":
        return Cleaned(clean_png(data))
    if extension == "ico":
        return Cleaned(clean_icon(data))
    raise ImageRefused(ImageFault.UNREADABLE)
