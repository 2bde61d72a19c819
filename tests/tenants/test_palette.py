"""The palette keeps its contrast for every hue: OKLCH → sRGB → ratio of WCAG 2.2, 1.4.3."""

import math

import pytest

from apps.tenants.domain.palette import base_scale, primary_scale

pytestmark = pytest.mark.req("TEN-02")

ENOUGH = 4.5
HUES = range(360)
WHITE = (1.0, 1.0, 1.0)

# What the pages put on what: (step of the text, step of the ground).
LIGHT_PAIRS = [("600", "50"), ("600", "100"), ("700", "50"), ("700", "100"), ("700", "200")]
DARK_PAIRS = [("500", "900"), ("500", "800"), ("400", "900"), ("400", "800")]
GREY_PAIRS = [
    *[("600", ground) for ground in ("50", "100")],
    *[("700", ground) for ground in ("50", "100", "200")],
    *[("400", ground) for ground in ("950", "900", "800")],
    *[("300", ground) for ground in ("950", "900", "800")],
]


def linear_srgb(colour: str) -> tuple[float, float, float]:
    """Return linear red, green and blue of `oklch(L% C H)`, clipped to what a screen can show.

    Matrices of Ottosson's OKLab, as CSS Color 4 has them.
    """
    lightness, chroma, hue = colour.removeprefix("oklch(").removesuffix(")").split()
    light = float(lightness.removesuffix("%")) / 100
    a = float(chroma) * math.cos(math.radians(float(hue)))
    b = float(chroma) * math.sin(math.radians(float(hue)))
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    channels = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    red, green, blue = (min(max(value, 0.0), 1.0) for value in channels)
    return red, green, blue


def luminance(linear: tuple[float, float, float]) -> float:
    red, green, blue = linear
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    """Return the ratio, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_when_black_on_white_then_21() -> None:
    assert contrast(linear_srgb("oklch(100% 0 0)"), (0.0, 0.0, 0.0)) == pytest.approx(21, abs=0.01)


def test_button_when_any_hue_then_white_text_is_readable() -> None:
    for step in ("600", "700"):
        ratios = {hue: contrast(WHITE, linear_srgb(primary_scale(hue)[step])) for hue in HUES}
        assert min(ratios.values()) >= ENOUGH, min(ratios.items(), key=lambda item: item[1])


@pytest.mark.parametrize("pair", LIGHT_PAIRS + DARK_PAIRS, ids="-on-".join)
def test_coloured_text_when_any_hue_then_readable_on_its_ground(pair: tuple[str, str]) -> None:
    text, ground = pair
    ratios = {
        hue: contrast(linear_srgb(primary_scale(hue)[text]), linear_srgb(base_scale(hue)[ground]))
        for hue in HUES
    }
    assert min(ratios.values()) >= ENOUGH, min(ratios.items(), key=lambda item: item[1])


@pytest.mark.parametrize("pair", GREY_PAIRS, ids="-on-".join)
def test_grey_text_when_any_hue_then_readable_on_its_ground(pair: tuple[str, str]) -> None:
    text, ground = pair
    ratios = {
        hue: contrast(linear_srgb(base_scale(hue)[text]), linear_srgb(base_scale(hue)[ground]))
        for hue in HUES
    }
    assert min(ratios.values()) >= ENOUGH, min(ratios.items(), key=lambda item: item[1])


def test_scale_when_hue_is_beyond_the_circle_then_it_goes_round() -> None:
    assert primary_scale(370) == primary_scale(10)
