"""Are the bytes of a logo or favicon what their name says, and can they do nothing but be drawn?

SVG files may carry programs and fetch from elsewhere; such files are refused with the reason.
"""

import re
from enum import StrEnum
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

MAX_BYTES = 256 * 1024

SVG = "http://www.w3.org/2000/svg"
ELEMENTS = """
    svg g defs symbol use title desc metadata style path rect circle ellipse line polyline polygon
    text tspan textPath linearGradient radialGradient stop clipPath mask pattern marker image
    filter feGaussianBlur feOffset feBlend feFlood feComposite feMerge feMergeNode feColorMatrix
    feDropShadow
"""
DRAWING = frozenset(ELEMENTS.split())
LEADS_AWAY = re.compile(r"url\(\s*['\"]?(?!#)|@import|expression\(|javascript:", re.IGNORECASE)
EMBEDDED = re.compile(r"data:image/(png|jpeg|gif);base64,", re.IGNORECASE)
SIGNATURES = {"png": b"\x89PNG\r\n\x1a\n", "ico": b"\x00\x00\x01\x00"}


class ImageFault(StrEnum):
    """Why a file is refused."""

    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    PROGRAM = "program"
    LEADS_AWAY = "leads_away"


def image_fault(data: bytes, extension: str) -> ImageFault | None:
    """Return what is wrong with the file, or None. `extension`: "svg", "png" or "ico"."""
    if len(data) > MAX_BYTES:
        return ImageFault.TOO_LARGE
    if extension == "svg":
        return svg_fault(data)
    known = data.startswith(SIGNATURES.get(extension, b"\xff" * 8))
    return None if known else ImageFault.UNREADABLE


def svg_fault(data: bytes) -> ImageFault | None:
    """Return the first fault of an SVG file, or None."""
    if b"<?xml-stylesheet" in data:
        return ImageFault.LEADS_AWAY
    try:
        root = fromstring(data)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return ImageFault.UNREADABLE
    if root.tag != f"{{{SVG}}}svg":
        return ImageFault.UNREADABLE
    for element in root.iter():
        if fault := element_fault(element):
            return fault
    return None


def element_fault(element: Element) -> ImageFault | None:
    namespace, _, name = str(element.tag).rpartition("}")
    if namespace.lstrip("{") == SVG:
        if name not in DRAWING:
            return ImageFault.PROGRAM
    elif namespace in {"", "{http://www.w3.org/1999/xhtml"}:
        return ImageFault.PROGRAM
    if name == "style" and LEADS_AWAY.search(element.text or ""):
        return ImageFault.LEADS_AWAY
    for attribute, value in element.attrib.items():
        local = attribute.rpartition("}")[2].lower()
        if local.startswith("on"):
            return ImageFault.PROGRAM
        if local in {"href", "src"}:
            if not (value.startswith("#") or (name == "image" and EMBEDDED.match(value))):
                return ImageFault.LEADS_AWAY
        elif LEADS_AWAY.search(value):
            return ImageFault.LEADS_AWAY
    return None
