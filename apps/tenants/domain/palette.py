"""A tenant picks a hue; a fixed OKLCH scale makes it a palette whose contrast holds for every hue.

Lightness carries the contrast: white text on step 600 (50 %) and step 600 text on white stay at or
above 4.5:1 for all 360 hues (WCAG 2.2, 1.4.3; a test goes round the circle).
"""

SCALE: dict[str, tuple[float, float]] = {
    # step: (lightness in %, chroma)
    "50": (97.5, 0.012),
    "100": (94.5, 0.028),
    "200": (89.5, 0.055),
    "300": (82.0, 0.090),
    "400": (74.0, 0.120),
    "500": (66.0, 0.130),
    "600": (50.0, 0.120),
    "700": (44.0, 0.105),
    "800": (38.0, 0.088),
    "900": (32.0, 0.070),
    "950": (24.0, 0.050),
}

BASE_SCALE: dict[str, tuple[float, float]] = {
    "50": (98.5, 0.003),
    "100": (96.7, 0.005),
    "200": (92.8, 0.007),
    "300": (87.2, 0.009),
    "400": (70.7, 0.012),
    "500": (52.0, 0.012),
    "600": (43.5, 0.012),
    "700": (36.0, 0.012),
    "800": (27.0, 0.012),
    "900": (20.0, 0.012),
    "950": (13.0, 0.012),
}


def primary_scale(hue: int) -> dict[str, str]:
    """Return CSS colours by step for a hue in degrees: {"600": "oklch(50.0% 0.120 210)", ...}."""
    return {
        step: f"oklch({lightness:.1f}% {chroma:.3f} {hue % 360})"
        for step, (lightness, chroma) in SCALE.items()
    }


def base_scale(hue: int) -> dict[str, str]:
    """Return greys that lean slightly to the hue, for surfaces and text."""
    return {
        step: f"oklch({lightness:.1f}% {chroma:.3f} {hue % 360})"
        for step, (lightness, chroma) in BASE_SCALE.items()
    }
