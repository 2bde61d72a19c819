"""PNG and ICO, read by their bytes and written anew without text, profile or what hangs behind.

The pixels are unpacked as far as they should reach and no further, so a file that grows when it is
opened is refused here and not in somebody's browser. PNG: W3C, third edition, clauses 5, 7 and 11.
"""

import struct
import zlib
from dataclasses import dataclass

from apps.tenants.domain.cleaning import ImageFault, ImageRefused

SIGNATURE = b"\x89PNG\r\n\x1a\n"
LONGEST_SIDE = 2048
"""Pixels; the largest image of that size unpacks to 32 MB, and none of a brand needs as much."""
KEPT_CHUNKS = (b"IHDR", b"sRGB", b"gAMA", b"cHRM", b"PLTE", b"tRNS", b"IDAT", b"IEND")
# colour type → channels and the depths that it may have (clause 11.2.1)
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
# Adam7: first column and row of each pass, and the steps (clause 8.1).
PASSES = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
MOST_ICONS = 16
LARGEST_ICON = 256
BITMAP_HEADER = struct.Struct("<IiiHHIIiiII")


@dataclass(frozen=True, slots=True)
class Header:
    """What a PNG says of itself; sides in pixels."""

    width: int
    height: int
    bits_per_pixel: int
    is_interlaced: bool

    @property
    def unpacked(self) -> int:
        """Bytes of all rows, each with the byte that names its filter."""
        if not self.is_interlaced:
            return self.rows(self.width, self.height)
        return sum(
            self.rows(
                -(-max(self.width - left, 0) // across), -(-max(self.height - top, 0) // down)
            )
            for left, top, across, down in PASSES
        )

    def rows(self, width: int, height: int) -> int:
        return height * (1 + (width * self.bits_per_pixel + 7) // 8) if width else 0


def unreadable() -> ImageRefused:
    return ImageRefused(ImageFault.UNREADABLE)


def clean_png(data: bytes) -> bytes:
    """Return the image with its pixels only. Raises ImageRefused."""
    if not data.startswith(SIGNATURE):
        raise unreadable()
    chunks = chunks_of(data)
    if not chunks or chunks[0][0] != b"IHDR" or chunks[-1][0] != b"IEND":
        raise unreadable()
    header = header_of(chunks[0][1])
    check_pixels(b"".join(body for name, body in chunks if name == b"IDAT"), header)
    return SIGNATURE + b"".join(chunk(name, body) for name, body in chunks if name in KEPT_CHUNKS)


def chunks_of(data: bytes) -> list[tuple[bytes, bytes]]:
    """Return name and content of each chunk up to the end of the image. Raises ImageRefused."""
    chunks: list[tuple[bytes, bytes]] = []
    position = len(SIGNATURE)
    while position + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, position)
        end = position + 8 + length
        if end + 4 > len(data):
            raise unreadable()
        body = data[position + 8 : end]
        if zlib.crc32(name + body) != struct.unpack_from(">I", data, end)[0]:
            raise unreadable()
        is_critical = not name[0] & 0x20
        if is_critical and name not in KEPT_CHUNKS:
            raise unreadable()
        chunks.append((name, body))
        if name == b"IEND":
            return chunks
        position = end + 4
    raise unreadable()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def header_of(body: bytes) -> Header:
    """Return the header. Raises ImageRefused for what no PNG has, or for too many pixels."""
    if len(body) != 13:
        raise unreadable()
    width, height, depth, colour, packing, filtering, interlace = struct.unpack(">IIBBBBB", body)
    fits = (
        depth in DEPTHS.get(colour, ()) and (packing, filtering) == (0, 0) and interlace in (0, 1)
    )
    if not fits or not width or not height:
        raise unreadable()
    if max(width, height) > LONGEST_SIDE:
        raise ImageRefused(ImageFault.TOO_MANY_PIXELS)
    return Header(width, height, depth * CHANNELS[colour], interlace == 1)


def check_pixels(packed: bytes, header: Header) -> None:
    """Unpack the pixels, never more than there should be. Raises ImageRefused unless they fit."""
    unpack = zlib.decompressobj()
    try:
        pixels = unpack.decompress(packed, header.unpacked + 1)
    except zlib.error as error:
        raise unreadable() from error
    if len(pixels) != header.unpacked:
        raise unreadable()


def clean_icon(data: bytes) -> bytes:
    """Return the icon with each of its images checked. Raises ImageRefused."""
    if len(data) < 6:
        raise unreadable()
    reserved, kind, count = struct.unpack_from("<HHH", data)
    if (reserved, kind) != (0, 1) or not 1 <= count <= MOST_ICONS or len(data) < 6 + 16 * count:
        raise unreadable()
    entries = []
    for number in range(count):
        *look, size, offset = struct.unpack_from("<BBBBHHII", data, 6 + 16 * number)
        image = data[offset : offset + size]
        if offset < 6 + 16 * count or len(image) != size:
            raise unreadable()
        entries.append((look, clean_png(image) if image.startswith(SIGNATURE) else bitmap(image)))
    offset = 6 + 16 * count
    table, images = struct.pack("<HHH", 0, 1, count), b""
    for look, image in entries:
        table += struct.pack("<BBBBHHII", *look, len(image), offset + len(images))
        images += image
    return table + images


def bitmap(data: bytes) -> bytes:
    """Return an icon's bitmap: header, colours, picture and mask. Raises ImageRefused."""
    if len(data) < BITMAP_HEADER.size:
        raise unreadable()
    size, width, doubled, planes, depth, packing, _image_size, _x, _y, used, _important = (
        BITMAP_HEADER.unpack_from(data)
    )
    height = doubled // 2
    fits = size == BITMAP_HEADER.size and planes == 1 and depth in (1, 4, 8, 24, 32)
    if not fits or packing or not (0 < width <= LARGEST_ICON and 0 < height <= LARGEST_ICON):
        raise unreadable()
    colours = (used or 1 << depth) if depth <= 8 else 0
    if colours > 256:
        raise unreadable()
    picture = height * ((width * depth + 31) // 32 * 4)
    mask = height * ((width + 31) // 32 * 4)
    needed = size + 4 * colours + picture + mask
    # Images with an alpha channel may come without the mask.
    if len(data) < (needed - mask if depth == 32 else needed):
        raise unreadable()
    return data[:needed]
