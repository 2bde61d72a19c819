"""Simple formatting of a tenant's legal texts: plain text in, HTML out.

    # Heading              ## Smaller heading
    - point of a list      1. numbered point
    **strong**             [words](https://example.com)

An empty line ends a paragraph, a line end within one stays. Addresses and e-mails become links.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape
from itertools import groupby

import nh3

LONGEST = 40_000
"""Characters of one text in one language."""

HEADING = re.compile(r"^(#{1,3})\s+(.+)$")
POINT = re.compile(r"^[-*•]\s+(.+)$")
NUMBERED = re.compile(r"^\d{1,3}[.)]\s+(.+)$")
STRONG = re.compile(r"\*\*([^*]{1,1000})\*\*")
LINK = re.compile(
    r"\[(?P<words>[^\]\[]{1,300})\]\((?P<to>[^\s()]{1,500})\)"
    r"|(?P<url>https?://[^\s<>\"]{1,500})"
    r"|(?P<mail>[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})"
)
SCHEMES = frozenset({"https", "http", "mailto", "tel"})
TRAILING = ".,;:!?)'"
ALLOWED = {"h2", "h3", "h4", "p", "br", "ul", "ol", "li", "strong", "a"}


@lru_cache(maxsize=128)
def to_html(text: str) -> str:
    """Return the text as HTML: what was typed is escaped, and nh3 keeps but the tags of ALLOWED.

    The result is kept by the text itself: another text is never answered with it.
    """
    html = "\n".join(blocks(text.replace("\r\n", "\n").replace("\r", "\n")))
    return nh3.clean(
        html,
        tags=ALLOWED,
        attributes={"a": {"href"}},
        url_schemes=set(SCHEMES),
        link_rel="noopener noreferrer",
    )


def kind_of(line: str) -> str:
    """Return "heading", "point", "numbered", "text" or, for an empty line, ""."""
    if not line.strip():
        return ""
    if HEADING.match(line):
        return "heading"
    if POINT.match(line):
        return "point"
    return "numbered" if NUMBERED.match(line) else "text"


def blocks(text: str) -> Iterator[str]:
    """Yield the HTML of each heading, list and paragraph."""
    for kind, group in groupby((line.strip() for line in text.split("\n")), kind_of):
        lines = list(group)
        if kind == "heading":
            yield from (heading(line) for line in lines)
        elif kind == "point":
            yield listed("ul", lines, POINT)
        elif kind == "numbered":
            yield listed("ol", lines, NUMBERED)
        elif kind:
            yield f"<p>{'<br>'.join(inline(line) for line in lines)}</p>"


def heading(line: str) -> str:
    """Return a heading; the page's own title is the only h1."""
    found = HEADING.match(line)
    assert found is not None
    level = len(found[1]) + 1
    return f"<h{level}>{inline(found[2])}</h{level}>"


def listed(tag: str, lines: list[str], pattern: re.Pattern[str]) -> str:
    texts = [pattern.sub(r"\1", line) for line in lines]
    points = "".join(f"<li>{inline(text)}</li>" for text in texts)
    return f"<{tag}>{points}</{tag}>"


def inline(line: str) -> str:
    """Return one line with its links and strong words."""
    html, position = "", 0
    for found in LINK.finditer(line):
        html += strong(line[position : found.start()]) + link(found)
        position = found.end()
    return html + strong(line[position:])


def strong(text: str) -> str:
    return STRONG.sub(r"<strong>\1</strong>", escape(text))


def link(found: re.Match[str]) -> str:
    if found["mail"]:
        return anchor(f"mailto:{found['mail']}", found["mail"])
    if found["url"]:
        url = found["url"].rstrip(TRAILING)
        return anchor(url, url) + escape(found["url"][len(url) :])
    scheme = found["to"].partition(":")[0].lower()
    return anchor(found["to"], found["words"]) if scheme in SCHEMES else escape(found[0])


def anchor(to: str, words: str) -> str:
    return f'<a href="{escape(to)}">{escape(words)}</a>'


def best_language(available: list[str], *wanted: str) -> str | None:
    """Return the first wanted language that there is, else any; None without one.

    (["de", "en"], "fr", "de") → "de"
    """
    for language in wanted:
        if language in available:
            return language
    return min(available, default=None)
