"""Simple formatting of legal texts: what it offers, and that nothing else passes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.tenants.domain.markup import best_language, to_html

pytestmark = pytest.mark.req("TEN-02")

TAG = re.compile(r"<(?!/?(?:h2|h3|h4|p|ul|ol|li|strong)>|br>|/a>|a href=\"(?:https?|mailto|tel):)")


@pytest.mark.parametrize(
    "text, html",
    [
        ("# Imprint\nVolt Ltd\r\nStreet 1", "<h2>Imprint</h2>\n<p>Volt Ltd<br>Street 1</p>"),
        ("one\n\ntwo", "<p>one</p>\n<p>two</p>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("**must** be", "<p><strong>must</strong> be</p>"),
        ("a < b & c", "<p>a &lt; b &amp; c</p>"),
        (
            "[words](https://e.example/?a=1&b=2)",
            '<p><a href="https://e.example/?a=1&amp;b=2" rel="noopener noreferrer">words</a></p>',
        ),
        (
            "See https://e.example/x.",
            '<p>See <a href="https://e.example/x" rel="noopener noreferrer">https://e.example/x</a>.</p>',
        ),
        (
            "help@e.example",
            '<p><a href="mailto:help@e.example" rel="noopener noreferrer">help@e.example</a></p>',
        ),
    ],
)
def test_text_when_formatted_simply_then_html(text: str, html: str) -> None:
    assert to_html(text) == html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,evil)",
        '[x](https://e.example/"onclick="alert(1))',
        "[<b>x</b>](https://e.example)",
        "**<svg onload=alert(1)>**",
        "# <iframe>",
        'https://e.example/"><script>alert(1)</script>',
    ],
)
def test_text_when_it_is_hostile_then_only_words(text: str) -> None:
    assert not TAG.search(to_html(text)), to_html(text)


@given(st.text(alphabet=st.sampled_from("<>\"'()[]*#-1. \n:/ahjps&;@"), max_size=60))
def test_text_when_it_is_anything_then_no_other_tag_comes_out(text: str) -> None:
    assert not TAG.search(to_html(text))


def test_language_when_it_is_missing_then_the_portals_own_then_any() -> None:
    assert best_language(["de", "en"], "en", "de") == "en"
    assert best_language(["de", "en"], "fr", "de") == "de"
    assert best_language(["sv"], "fr", "de") == "sv"
    assert best_language([], "fr", "de") is None
