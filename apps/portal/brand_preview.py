"""What the preview of a brand needs: the palette's steps, and the files as they are saved."""

import json
from dataclasses import dataclass

from apps.tenants.domain.palette import BASE_SCALE, SCALE, base_scale, primary_scale
from apps.tenants.models import Brand


@dataclass(frozen=True, slots=True)
class Preview:
    """What `brand.js` starts from; addresses are "" for no file.

    `scales`: JSON, {"primary": {"600": [50.0, 0.12]}, ...}, of which it makes colours of any hue;
    `style`: those of the saved hue, for browsers without scripts.
    """

    name: str
    sender: str
    scales: str
    style: str
    logo: str
    logo_dark: str
    mark: str


def preview(brand: Brand) -> Preview:
    """Return the preview of a saved brand."""
    palettes = {"primary": primary_scale(brand.hue), "base": base_scale(brand.hue)}
    style = "".join(
        f"--preview-{name}-{step}:{colour};"
        for name, palette in palettes.items()
        for step, colour in palette.items()
    )
    return Preview(
        name=brand.product_name,
        sender=brand.mail_sender_name,
        scales=json.dumps({"primary": SCALE, "base": BASE_SCALE}),
        style=style,
        logo=brand.logo.url if brand.logo else "",
        logo_dark=brand.logo_dark.url if brand.logo_dark else "",
        mark=brand.favicon.url if brand.favicon else "",
    )
