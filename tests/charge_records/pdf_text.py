"""The text of a PDF as its reader would copy it; enough for files that we write ourselves."""

import re
import zlib

OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
STREAM = re.compile(rb"(<<.*?>>)\nstream\n(.*)\nendstream", re.DOTALL)
FONT = re.compile(rb"/F(\d+) (\d+) 0 R")
UNICODE = re.compile(rb"/ToUnicode (\d+) 0 R")
CODE = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]{4})>\n")
SHOWN = re.compile(rb"/F(\d+) [\d.]+ Tf|\(((?:\\.|[^\\)])*)\) Tj", re.DOTALL)
ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
SIGNS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def text_of(pdf: bytes) -> str:
    """Return all text in the order of the pages, a line for each piece."""
    objects = {int(number): body for number, body in OBJECT.findall(pdf)}
    fonts = {
        font: characters_of(objects, int(number))
        for body in objects.values()
        for font, number in FONT.findall(body)
        if int(number) in objects and UNICODE.search(objects[int(number)])
    }
    pieces = []
    for body in objects.values():
        if (content := stream_of(body)) and b" Tj" in content:
            pieces += pieces_of(content, fonts)
    return "\n".join(pieces)


def stream_of(body: bytes) -> bytes:
    """Return an object's stream as plain bytes; empty where it has none."""
    found = STREAM.match(body)
    if not found:
        return b""
    head, content = found.groups()
    return zlib.decompress(content) if b"/FlateDecode" in head else content


def characters_of(objects: dict[int, bytes], font: int) -> dict[int, str]:
    found = UNICODE.search(objects[font])
    assert found
    table = stream_of(objects[int(found.group(1))])
    return {int(code, 16): chr(int(sign, 16)) for code, sign in CODE.findall(table)}


def pieces_of(content: bytes, fonts: dict[bytes, dict[int, str]]) -> list[str]:
    pieces, font = [], b""
    for found in SHOWN.finditer(content):
        if found.group(1):
            font = found.group(1)
            continue
        codes = ESCAPED.sub(lambda one: SIGNS.get(one.group(1), one.group(1)), found.group(2))
        pairs = zip(codes[::2], codes[1::2], strict=True)
        pieces.append("".join(fonts[font][high * 256 + low] for high, low in pairs))
    return pieces
