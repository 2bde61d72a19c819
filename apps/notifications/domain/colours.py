"""Colours for mail programs, which do not know OKLCH: the palette's in sRGB."""

import math


def oklch_to_hex(lightness: float, chroma: float, hue: float) -> str:
    """Return `#rrggbb` of an OKLCH colour; what lies outside of sRGB is cut to it.

    `lightness` in per cent, `hue` in degrees: oklch_to_hex(50, 0.12, 210) -> "#007390".
    Matrices: CSS Color 4, section 18, "Sample code for color conversions".
    """
    angle = math.radians(hue)
    a, b = chroma * math.cos(angle), chroma * math.sin(angle)
    level = lightness / 100
    long = (level + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (level - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (level - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    return "#" + "".join(f"{channel(value):02x}" for value in (red, green, blue))


def channel(linear: float) -> int:
    """Return a linear channel of 0 to 1 as a gamma-coded byte."""
    value = min(max(linear, 0.0), 1.0)
    coded = 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
    return round(coded * 255)
