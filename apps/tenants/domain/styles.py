"""CSS of a drawing: only declarations that paint, none that fetch.

Text that is not understood is dropped, never repaired: a backslash can spell any word.
"""

import re

# No pattern here takes longer than the text is long, whatever the text.
AT_RULE = re.compile(r"@[^@{};]*+(?:;|\{(?:[^{}]*+\{[^{}]*+\})*+[^{}]*+\}|$)")
SELECTOR = re.compile(r"^[\w\s.#,>+~*:()-]{1,500}$")
VALUE = re.compile(r"^[\w\s#%.,()+*/'\"!-]{1,2000}$")
LOCAL_URL = re.compile(r"url\(\s*(['\"]?)#[\w.-]+\1\s*\)", re.IGNORECASE)
FUNCTION = re.compile(r"([\w-]+)\s*\(")


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PROPERTIES = words("""
    alignment-baseline baseline-shift clip-path clip-rule color color-interpolation
    color-interpolation-filters cursor direction display dominant-baseline enable-background fill
    fill-opacity fill-rule filter flood-color flood-opacity font font-family font-size font-stretch
    font-style font-variant font-weight image-rendering isolation letter-spacing lighting-color
    line-height marker marker-end marker-mid marker-start mask mask-type mix-blend-mode opacity
    overflow paint-order pointer-events shape-rendering stop-color stop-opacity stroke
    stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit
    stroke-opacity stroke-width text-anchor text-decoration text-rendering transform
    transform-origin unicode-bidi vector-effect visibility white-space word-spacing writing-mode
""")
"""Properties that paint; in SVG all of them may stand as attributes too."""

FUNCTIONS = words("""
    rgb rgba hsl hsla hwb lab lch oklab oklch color calc min max clamp
    translate translatex translatey scale scalex scaley rotate skewx skewy matrix
    blur brightness contrast drop-shadow grayscale hue-rotate invert opacity saturate sepia
""")


def is_plain(value: str) -> bool:
    """Say whether the value only paints: known functions, and references into the drawing."""
    if not VALUE.match(value):
        return False
    called = FUNCTION.findall(LOCAL_URL.sub("", value))
    return all(name.lower() in FUNCTIONS for name in called)


def without_comments(text: str) -> str:
    """Return the text without comments; one that does not end swallows the rest."""
    first, *others = text.split("/*")
    return first + "".join(part.partition("*/")[2] for part in others)


def clean_declarations(text: str) -> tuple[str, bool]:
    """Return the declarations that paint, and whether others were dropped.

    "fill:red; behavior:url(x)" → ("fill:red", True)
    """
    kept, is_cut = [], False
    for declaration in without_comments(text).split(";"):
        if not declaration.strip():
            continue
        name, _, value = (part.strip() for part in declaration.partition(":"))
        name = name.lower()
        if name in PROPERTIES and is_plain(value):
            kept.append(f"{name}:{value}")
        elif not name.startswith(("-inkscape-", "-webkit-", "-moz-")):
            is_cut = True
    return ";".join(kept), is_cut


def clean_sheet(text: str) -> tuple[str, bool]:
    """Return a style sheet's rules that paint, and whether anything was dropped.

    At-rules (@import, @font-face, @media) are dropped as a whole.
    """
    all_rules = without_comments(text)
    plain = AT_RULE.sub("", all_rules)
    *rules, rest = plain.split("}")
    kept, is_cut = [], plain != all_rules or bool(rest.strip())
    for rule in rules:
        selector, _, body = rule.partition("{")
        selector = " ".join(selector.split())
        declarations, was_cut = clean_declarations(body)
        is_cut = is_cut or was_cut
        if "{" in body or not SELECTOR.match(selector):
            is_cut = True
        elif declarations:
            kept.append(f"{selector}{{{declarations}}}")
    return "\n".join(kept), is_cut
