"""The small mark of a tenant without a logo of its own, drawn in its hue."""

from apps.tenants.domain.palette import primary_scale

DRAWING = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" role="img">
<title>{title}</title>
<defs><linearGradient id="g" x1="0" y1="0" x2="1" y2="1">
<stop offset="0" stop-color="{light}"/><stop offset="1" stop-color="{dark}"/>
</linearGradient></defs>
<rect width="48" height="48" rx="12" fill="url(#g)"/>
<path fill="#fff"
 d="M27.6 8.5 14 26.2c-.6.8-.1 1.9.9 1.9h7.4l-2 11.4 13.7-17.7c.6-.8.1-1.9-.9-1.9h-7.4z"/>
</svg>"""


def mark(title: str, hue: int) -> str:
    """Return the mark as SVG; `title` must be escaped already."""
    scale = primary_scale(hue)
    return DRAWING.format(title=title, light=scale["500"], dark=scale["700"])
