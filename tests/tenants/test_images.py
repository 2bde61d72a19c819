"""What is kept of an uploaded image: nothing that runs, fetches, hides or explodes (TEN-02)."""

import re
import time
import zlib
from base64 import b64encode
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.tenants.domain.cleaning import Cleaned, ImageFault, ImageRefused, Removed
from apps.tenants.domain.images import MAX_BYTES, clean_image
from tests.tenants.pixels import bitmap, chunk, icon, png

pytestmark = pytest.mark.req("TEN-02")

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
PATH = '<path d="M0 0h9v9z" fill="url(#g)"/>'
# What must never stand in what is served, however it was written in the file.
DANGER = re.compile(
    rb"script|javascript|\son\w+=|foreignobject|evil|@import|http://(?!www\.w3\.org)|https:|data:(?!"
    rb"image/png)|expression|behavior|<!|<\?|&#|animate|iframe|xml:base",
    re.IGNORECASE,
)


def drawing(inside: str, head: str = HEAD) -> bytes:
    return f"{head}{inside}{PATH}</svg>".encode()


def clean(inside: str) -> Cleaned:
    return clean_image(drawing(inside), "svg")


def fault_of(data: bytes, extension: str) -> ImageFault:
    with pytest.raises(ImageRefused) as refused:
        clean_image(data, extension)
    return refused.value.fault


EVIL = [
    ("<script>alert('evil')</script>", Removed.SCRIPT),
    ("<script><![CDATA[alert('evil')]]></script>", Removed.SCRIPT),
    ("<script xlink:href='https://evil.example/x.js'/>", Removed.SCRIPT),
    ("<script xmlns='http://www.w3.org/1999/xhtml'>evil()</script>", Removed.SCRIPT),
    ("<x:script xmlns:x='http://www.w3.org/2000/svg'>evil()</x:script>", Removed.SCRIPT),
    ("<handler type='evil'/>", Removed.SCRIPT),
    ('<rect onload="evil()"/>', Removed.EVENT),
    ('<rect ONCLICK="evil()"/>', Removed.EVENT),
    ('<rect onbegin="evil()" onfocusin="evil()"/>', Removed.EVENT),
    ('<g onmouseover="&#101;vil()"><circle r="2"/></g>', Removed.EVENT),
    ("<foreignObject><b xmlns='http://www.w3.org/1999/xhtml'/></foreignObject>", Removed.FOREIGN),
    ("<iframe xmlns='http://www.w3.org/1999/xhtml' src='javascript:evil()'/>", Removed.FOREIGN),
    ("<img xmlns='' src='x'/>", Removed.FOREIGN),
    ('<animate attributeName="href" to="javascript:evil()"/>', Removed.ANIMATION),
    ('<set attributeName="onload" to="evil()"/>', Removed.ANIMATION),
    ('<use href="#g"><animate attributeName="href" values="data:evil"/></use>', Removed.ANIMATION),
    ('<a href="javascript:evil()"><rect width="2"/></a>', Removed.OUTSIDE),
    ('<a xlink:href="java&#x09;script:evil()"><rect width="2"/></a>', Removed.OUTSIDE),
    ('<image href="https://evil.example/x.png"/>', Removed.OUTSIDE),
    ('<image href="//evil.example/x.png"/>', Removed.OUTSIDE),
    ('<image href="data:image/svg+xml;base64,ZXZpbA=="/>', Removed.OUTSIDE),
    ('<image href="data:text/html,evil"/>', Removed.OUTSIDE),
    ('<image href="data:image/png;base64,ZXZpbA=="/>', Removed.OUTSIDE),
    ('<use xlink:href="https://evil.example/x.svg#a"/>', Removed.OUTSIDE),
    ('<use href="data:image/svg+xml,evil#x"/>', Removed.OUTSIDE),
    ('<linearGradient href="https://evil.example/#g"/>', Removed.OUTSIDE),
    ('<g xml:base="https://evil.example/"><circle r="2"/></g>', Removed.OUTSIDE),
    ('<feImage href="https://evil.example/x"/>', Removed.UNKNOWN),
    ('<rect fill="url(https://evil.example/x)"/>', Removed.OUTSIDE),
    ('<rect filter="url( \'//evil.example/x#f\' )"/>', Removed.OUTSIDE),
    ('<rect style="fill:url(https://evil.example/x)"/>', Removed.STYLE),
    ('<rect style="fill:u\\72l(https://evil.example/x)"/>', Removed.STYLE),
    ('<rect style="fill:u/**/rl(https://evil.example/x)"/>', Removed.STYLE),
    ('<rect style="background-image:image-set(evil 1x)"/>', Removed.STYLE),
    ('<rect style="width:expression(evil())"/>', Removed.STYLE),
    ('<rect style="-moz-binding:url(https://evil.example/x#y)" x="1"/>', None),
    ("<style>@import 'https://evil.example/x.css';</style>", Removed.STYLE),
    ("<style>@im\\70ort 'https://evil.example/x.css';</style>", Removed.STYLE),
    ("<style><![CDATA[.a{fill:url(https://evil.example/x)}]]></style>", Removed.STYLE),
    ("<style>@font-face{font-family:e;src:url(https://evil.example/f)}</style>", Removed.STYLE),
    ("<style>.a{behavior:url(evil)}</style>", Removed.STYLE),
    ("<style>/*</style><script>evil()</script><style>*/</style>", Removed.SCRIPT),
    ("<metadata><evil/></metadata>", Removed.EDITOR),
    ("<e:evil xmlns:e='https://evil.example/ns' e:x='1'/>", Removed.EDITOR),
    ("<switch><foreignObject>evil</foreignObject></switch>", Removed.FOREIGN),
    ("<video href='https://evil.example/v'/>", Removed.UNKNOWN),
    ("<!-- <script>evil()</script> -->", None),
    ("<?php evil() ?>", None),
]  # fmt: skip


@pytest.mark.parametrize("inside, removed", EVIL)
def test_drawing_when_it_can_do_more_than_be_drawn_then_that_is_gone_and_told(
    inside: str, removed: Removed | None
) -> None:
    cleaned = clean(inside)

    assert not DANGER.search(cleaned.data), cleaned.data
    assert b"M0 0h9v9z" in cleaned.data
    assert removed is None or removed in cleaned.removed
    assert clean_image(cleaned.data, "svg") == Cleaned(cleaned.data)


def test_drawing_when_a_style_sheet_is_named_before_it_then_that_is_gone() -> None:
    cleaned = clean_image(b'<?xml-stylesheet href="https://evil.example/x"?>' + drawing(""), "svg")

    assert not DANGER.search(cleaned.data)
    assert Removed.OUTSIDE in cleaned.removed


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_drawing_when_it_hides_in_an_encoding_then_read_all_the_same(encoding: str) -> None:
    name = {"utf-8-sig": "utf-8"}.get(encoding, encoding)
    text = f'<?xml version="1.0" encoding="{name}"?>{drawing("<script>evil()</script>").decode()}'

    cleaned = clean_image(text.encode(encoding), "svg")

    assert not DANGER.search(cleaned.data)


@pytest.mark.parametrize(
    "data, fault",
    [
        (b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + drawing(""), "entities"),
        (
            b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + drawing("<g>&x;</g>"),
            "entities",
        ),
        (b'<!DOCTYPE svg [<!ENTITY % x SYSTEM "http://e.example">%x;]>' + drawing(""), "entities"),
        (b"<html></html>", "unreadable"),
        (b"<svg><path d='M0 0'/></svg>", "unreadable"),
        (b"<svg", "unreadable"),
        (b"", "unreadable"),
        (png(), "unreadable"),
        (f"{HEAD}<script>evil()</script></svg>".encode(), "nothing_left"),
        (drawing("<g>" * 60 + "</g>" * 60), "too_complex"),
        (drawing("<g/>" * 5_001), "too_complex"),
        (drawing('<g id="a"><use href="#a"/></g>'), "too_complex"),
        (drawing('<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>'), "too_complex"),
        (drawing("") + b" " * MAX_BYTES, "too_large"),
    ],
)  # fmt: skip
def test_drawing_when_it_cannot_be_made_safe_then_refused(data: bytes, fault: str) -> None:
    assert fault_of(data, "svg") == fault


def test_drawing_when_it_repeats_itself_exponentially_then_refused() -> None:
    """Thirty groups that each show the next one twice are a thousand million paths."""
    steps = "".join(
        f'<g id="g{n}"><use href="#g{n + 1}"/><use href="#g{n + 1}"/></g>' for n in range(30)
    )

    assert fault_of(drawing(f'{steps}<g id="g30"><path d="M0 0"/></g>'), "svg") == "too_complex"


@pytest.mark.parametrize("sign", ["a", "@", "@x{", "/*", "{", "}", "a;", "url(", "fill:a"])
@pytest.mark.parametrize("frame", ["<style>{}</style>", '<rect style="{}"/>', '<rect fill="{}"/>'])
def test_drawing_when_text_is_long_and_odd_then_read_fast(sign: str, frame: str) -> None:
    started = time.process_time()

    clean(frame.format(sign * (250_000 // len(sign))))

    assert time.process_time() - started < 2


def test_drawing_when_others_gave_svg_a_prefix_then_written_without() -> None:
    ElementTree.register_namespace("svg", "http://www.w3.org/2000/svg")

    assert b"<rect" in clean('<rect width="1" height="1"/>').data


def test_drawing_when_it_only_paints_then_nothing_is_lost() -> None:
    inside = (
        '<title>Räder &amp; Co</title><defs><linearGradient id="g"><stop offset="0" '
        'stop-color="#f00" style="stop-opacity:.5"/></linearGradient></defs>'
        "<style>.a,.b{fill:red;stroke:url(#g)}</style>"
        '<g class="a" transform="translate(1 2)"><use xlink:href="#g"/></g>'
        '<text x="1" font-family="Inter, sans-serif">Volt<tspan dy="1">!</tspan></text>'
    )

    cleaned = clean(inside)

    assert not cleaned.removed
    for part in ("Räder &amp; Co", 'id="g"', "stop-opacity:.5", "{fill:red;stroke:url(#g)}",
                 'transform="translate(1 2)"', 'href="#g"', "<tspan"):  # fmt: skip
        assert part in cleaned.data.decode()


def test_drawing_when_pixels_lie_in_it_then_kept_without_their_metadata() -> None:
    pixels = png(extra=chunk(b"tEXt", b"Comment\0evil"))
    inside = f'<image width="4" href="data:image/png;base64,{b64encode(pixels).decode()}"/>'

    cleaned = clean(inside)

    assert b64encode(png()) in cleaned.data
    assert not cleaned.removed


def test_drawing_when_pixels_in_it_explode_then_taken_out() -> None:
    bomb = png(4, 3, pixels=bytes(50_000_000))

    cleaned = clean(f'<image href="data:image/png;base64,{b64encode(bomb).decode()}"/>')

    assert cleaned.removed == {Removed.OUTSIDE: 1}


@given(st.text(max_size=80))
def test_drawing_when_it_holds_any_text_then_clean_after_one_cleaning(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    try:
        once = clean(f'<style>{escaped}</style><rect style="{escaped}" fill="{escaped}"/>')
    except ImageRefused:  # signs that XML does not have
        return

    assert clean_image(once.data, "svg") == Cleaned(once.data)


def test_png_when_it_carries_more_than_pixels_then_only_these_are_kept() -> None:
    extra = b"".join(
        chunk(name, b"evil")
        for name in (b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"iCCP", b"tIME", b"acTL")
    )

    assert clean_image(png(extra=extra) + b"<script>evil()</script>", "png").data == png()
    assert clean_image(png(), "png") == Cleaned(png())


@pytest.mark.parametrize(
    "data, fault",
    [
        (png(2_049, 1), "too_many_pixels"),
        (png(1, 60_000), "too_many_pixels"),
        (png(4, 3, pixels=bytes(60_000_000)), "unreadable"),
        (png(4, 3, pixels=bytes(10)), "unreadable"),
        (png(0, 3), "unreadable"),
        (png(interlace=2), "unreadable"),
        (png()[:-20], "unreadable"),
        (png().replace(b"IDAT", b"IDAX"), "unreadable"),
        (png(extra=chunk(b"EVIL", b"")), "unreadable"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "unreadable"),
        (b"GIF89a", "unreadable"),
        (drawing(""), "unreadable"),
    ],
)
def test_png_when_it_is_none_or_explodes_then_refused(data: bytes, fault: str) -> None:
    assert fault_of(data, "png") == fault


def test_png_when_its_rows_are_interlaced_then_counted_by_their_passes() -> None:
    """4 × 3 pixels: passes 1, 4, 5, 6 and 7 of Adam7 have 1, 1, 1, 2 and 1 rows."""
    rows = [(1, 1), (1, 1), (2, 1), (2, 2), (4, 1)]
    pixels = b"".join((b"\0" + bytes(4 * width)) * height for width, height in rows)

    assert clean_image(png(interlace=1, pixels=pixels), "png").data


def test_icon_when_its_images_are_sound_then_kept_without_the_rest() -> None:
    dirty = icon(png(extra=chunk(b"tEXt", b"evil")), bitmap(), bitmap(depth=8), tail=b"evil")

    cleaned = clean_image(dirty, "ico")

    assert cleaned.data == icon(png(), bitmap(), bitmap(depth=8))
    assert clean_image(cleaned.data, "ico") == cleaned


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0\1\0",
        b"\0\0\1\0\1\0",
        b"\0\0\2\0\1\0" + bytes(40),
        icon(b"evil"),
        icon(bitmap()[:30]),
        icon(bitmap(width=300)),
        icon(*[bitmap()] * 17),
        icon(png(4, 3, pixels=bytes(10_000_000))),
        icon(bitmap())[:-30],
    ],
)
def test_icon_when_it_is_none_then_refused(data: bytes) -> None:
    assert fault_of(data, "ico") == "unreadable"


def test_image_when_its_kind_is_unknown_then_refused() -> None:
    assert fault_of(zlib.compress(b"x"), "exe") == "unreadable"
