"""SVG drawings, written anew from the elements and attributes of a list.

Whatever the file said in another way (entities, CDATA, comments, encodings, prefixes) is gone once
it was read into a tree; what goes out is our own writing of what the lists below allow.
"""

import binascii
import re
from base64 import b64decode, b64encode
from collections import Counter
from xml.etree.ElementTree import Element, ParseError, register_namespace, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from apps.tenants.domain.cleaning import Cleaned, ImageFault, ImageRefused, Removed
from apps.tenants.domain.pixels import clean_png
from apps.tenants.domain.styles import PROPERTIES, clean_declarations, clean_sheet, is_plain, words

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
XHTML = "http://www.w3.org/1999/xhtml"
XML = "http://www.w3.org/XML/1998/namespace"

MOST_ELEMENTS = 5_000
DEEPEST = 50
MOST_DRAWN = 20_000
"""Elements once every `use` is replaced by what it repeats."""

ELEMENTS = words("""
    svg g defs symbol use title desc style path rect circle ellipse line polyline polygon text tspan
    textPath linearGradient radialGradient stop clipPath mask pattern marker image filter
    feGaussianBlur feOffset feBlend feFlood feComposite feMerge feMergeNode feColorMatrix
    feDropShadow feComponentTransfer feFuncR feFuncG feFuncB feFuncA feMorphology
""")
UNWRAPPED = frozenset({"a", "switch"})
"""Their children are drawn without them."""
SCRIPTS = frozenset({"script", "handler", "listener"})
ANIMATIONS = words("animate animateColor animateMotion animateTransform discard set")
DRAWN = words("use path rect circle ellipse line polyline polygon text image")

ATTRIBUTES = PROPERTIES | words("""
    id class version viewBox preserveAspectRatio width height x y x1 y1 x2 y2 cx cy r rx ry fx fy fr
    d points pathLength transform gradientTransform patternTransform gradientUnits patternUnits
    patternContentUnits clipPathUnits maskUnits maskContentUnits filterUnits primitiveUnits
    markerUnits markerWidth markerHeight refX refY orient spreadMethod offset dx dy rotate
    lengthAdjust textLength startOffset method spacing side in in2 result stdDeviation mode operator
    k1 k2 k3 k4 type values tableValues slope intercept amplitude exponent radius edgeMode role
    aria-label aria-hidden aria-labelledby focusable lang
""")
PAINTS = PROPERTIES - {"font", "font-family"}
WORDS = frozenset({"aria-label", "font-family", "font", "class"})
"""Attributes of plain words; all others are numbers, names of the list or references."""
ID = re.compile(r"^[A-Za-z_][\w.-]{0,200}$")
LOCAL = re.compile(r"^#[\w.-]+$")
EMBEDDED_PNG = re.compile(r"^data:image/png;base64,([A-Za-z0-9+/=\s]+)$")
STYLE_INSTRUCTION = b"<?xml-stylesheet"


def clean_drawing(data: bytes) -> Cleaned:
    """Return the drawing with nothing in it but what is drawn. Raises ImageRefused."""
    root = read(data)
    removed: Counter[Removed] = Counter()
    if STYLE_INSTRUCTION in data:
        removed[Removed.OUTSIDE] += 1
    clean = copy_of(root, removed)
    if not any(local_name(element) in DRAWN for element in clean.iter()):
        raise ImageRefused(ImageFault.NOTHING_LEFT)
    if drawn_by(clean) > MOST_DRAWN:
        raise ImageRefused(ImageFault.TOO_COMPLEX)
    # Known to the whole process, where others (qrcode) give SVG a prefix of theirs.
    register_namespace("", SVG)
    register_namespace("xlink", XLINK)
    return Cleaned(tostring(clean, encoding="utf-8", xml_declaration=False), removed)


def read(data: bytes) -> Element:
    """Return the root of the file. Raises ImageRefused; nothing outside of the file is read."""
    try:
        root: Element = fromstring(data)
    except DefusedXmlException as error:
        raise ImageRefused(ImageFault.ENTITIES) from error
    except (ParseError, ValueError, LookupError) as error:
        raise ImageRefused(ImageFault.UNREADABLE) from error
    if root.tag != f"{{{SVG}}}svg":
        raise ImageRefused(ImageFault.UNREADABLE)
    level, count = [root], 0
    depth = 0
    while level:
        depth, count = depth + 1, count + len(level)
        if depth > DEEPEST or count > MOST_ELEMENTS:
            raise ImageRefused(ImageFault.TOO_COMPLEX)
        level = [child for element in level for child in element]
    return root


def split(name: object) -> tuple[str, str]:
    """Return namespace and local name: "{http://...}g" → ("http://...", "g")."""
    namespace, _, local = str(name).rpartition("}")
    return namespace.removeprefix("{"), local


def local_name(element: Element) -> str:
    return split(element.tag)[1]


def copy_of(element: Element, removed: Counter[Removed]) -> Element:
    """Return the element with its allowed attributes, text and children."""
    copy = Element(f"{{{SVG}}}{local_name(element)}")
    name = local_name(element)
    for attribute, value in element.attrib.items():
        add_attribute(copy, attribute, value, removed)
    if name == "style":
        sheet, is_cut = clean_sheet("".join(element.itertext()))
        removed.update([Removed.STYLE] if is_cut else [])
        copy.text = sheet
        return copy
    copy.text = element.text
    for child in element:
        add_child(copy, child, removed)
    return copy


def add_child(parent: Element, child: Element, removed: Counter[Removed]) -> None:
    """Append what may stay of the child; text behind it stays in its place."""
    namespace, name = split(child.tag)
    if namespace == SVG and name in ELEMENTS:
        copy = copy_of(child, removed)
        if not is_empty(copy):
            copy.tail = child.tail
            parent.append(copy)
            return
    elif namespace == SVG and name in UNWRAPPED:
        removed.update([Removed.OUTSIDE] if name == "a" else [])
        append_text(parent, child.text)
        for grandchild in child:
            add_child(parent, grandchild, removed)
    else:
        removed[kind_of(namespace, name)] += 1
    append_text(parent, child.tail)


def is_empty(copy: Element) -> bool:
    """Say whether an element does nothing without what was taken from it."""
    name = local_name(copy)
    has_source = any(split(attribute)[1] == "href" for attribute in copy.attrib)
    return (name in {"use", "image"} and not has_source) or (name == "style" and not copy.text)


def append_text(parent: Element, text: str | None) -> None:
    if not text or not text.strip():
        return
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def kind_of(namespace: str, name: str) -> Removed:
    """Return as what the removal of an element is told."""
    if name.lower() in SCRIPTS:
        return Removed.SCRIPT
    if namespace in {"", XHTML} or name == "foreignObject":
        return Removed.FOREIGN
    if namespace != SVG or name == "metadata":
        return Removed.EDITOR
    return Removed.ANIMATION if name in ANIMATIONS else Removed.UNKNOWN


def add_attribute(copy: Element, attribute: str, value: str, removed: Counter[Removed]) -> None:
    """Give the copy the attribute if it may have it."""
    namespace, name = split(attribute)
    if name.lower().startswith("on"):
        removed[Removed.EVENT] += 1
    elif name == "href" and namespace in {"", XLINK}:
        source = source_of(local_name(copy), value.strip())
        if source is None:
            removed[Removed.OUTSIDE] += 1
        else:
            copy.set(attribute, source)
    elif namespace == XML and name == "space":
        copy.set(attribute, "preserve" if value == "preserve" else "default")
    elif namespace:
        removed[Removed.OUTSIDE if namespace == XML and name == "base" else Removed.EDITOR] += 1
    elif name == "style":
        declarations, is_cut = clean_declarations(value)
        removed.update([Removed.STYLE] if is_cut else [])
        if declarations:
            copy.set("style", declarations)
    elif name not in ATTRIBUTES:
        removed[Removed.EDITOR if name.startswith("data-") else Removed.UNKNOWN] += 1
    elif not is_allowed_value(name, value):
        removed[Removed.OUTSIDE if "(" in value else Removed.UNKNOWN] += 1
    else:
        copy.set(name, value)


def is_allowed_value(name: str, value: str) -> bool:
    if name == "id":
        return bool(ID.match(value))
    if name in PAINTS:
        return is_plain(value) or not value.strip()
    if name == "font-family" or name == "font":
        return is_plain(value)
    if name in WORDS:
        return True
    return ":" not in value and "\\" not in value and "url" not in value.lower()


def source_of(element: str, value: str) -> str | None:
    """Return where a reference may lead: into the drawing, or to pixels that lie in it."""
    if LOCAL.match(value):
        return value
    embedded = EMBEDDED_PNG.match(value)
    if element != "image" or embedded is None:
        return None
    try:
        pixels = clean_png(b64decode("".join(embedded[1].split()), validate=True))
    except (binascii.Error, ImageRefused):
        return None
    return f"data:image/png;base64,{b64encode(pixels).decode()}"


def drawn_by(root: Element) -> int:
    """Return how many elements are drawn once every `use` is followed.

    Raises ImageRefused when a drawing repeats itself without end.
    """
    by_id = {element.get("id", ""): element for element in root.iter()}
    known: dict[int, int] = {}
    under_way: set[int] = set()

    def count(element: Element) -> int:
        key = id(element)
        if key in known:
            return known[key]
        if key in under_way or len(under_way) > DEEPEST * 4:
            raise ImageRefused(ImageFault.TOO_COMPLEX)
        under_way.add(key)
        number = 1 + sum(count(child) for child in element)
        target = by_id.get(target_id(element))
        if target is not None:
            number += count(target)
        under_way.discard(key)
        known[key] = min(number, MOST_DRAWN + 1)
        return known[key]

    return count(root)


def target_id(element: Element) -> str:
    """Return the id that a `use` repeats; "-" for all else, which is nobody's id."""
    if local_name(element) != "use":
        return "-"
    reference = element.get("href") or element.get(f"{{{XLINK}}}href") or "#-"
    return reference.removeprefix("#")
