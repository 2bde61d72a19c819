"""PNG and ICO files, made byte by byte."""

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(
    width: int = 4,
    height: int = 3,
    *,
    extra: bytes = b"",
    pixels: bytes | None = None,
    interlace: int = 0,
) -> bytes:
    """Return an image of 8-bit RGBA; `pixels` instead of as many as there should be."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, interlace)
    rows = (b"\x00" + b"\x10\x20\x30\xff" * width) * height if pixels is None else pixels
    return (
        SIGNATURE
        + chunk(b"IHDR", header)
        + extra
        + chunk(b"IDAT", zlib.compress(rows, 9))
        + chunk(b"IEND", b"")
    )


def bitmap(width: int = 2, height: int = 2, depth: int = 32) -> bytes:
    header = struct.pack("<IiiHHIIiiII", 40, width, height * 2, 1, depth, 0, 0, 0, 0, 0, 0)
    colours = 4 << depth if depth <= 8 else 0
    rows = height * ((width * depth + 31) // 32 * 4 + (width + 31) // 32 * 4)
    return header + bytes(colours + rows)


def icon(*images: bytes, tail: bytes = b"") -> bytes:
    table = struct.pack("<HHH", 0, 1, len(images))
    offset = 6 + 16 * len(images)
    for image in images:
        table += struct.pack("<BBBBHHII", 2, 2, 0, 0, 1, 32, len(image), offset)
        offset += len(image)
    return table + b"".join(images) + tail
