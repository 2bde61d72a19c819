"""The texts of an HTML page that a person reads, or hears from a screen reader."""

from html.parser import HTMLParser

UNREAD = {"script", "style", "template", "pre", "code", "textarea"}
VOID = {"br", "hr", "img", "input", "link", "meta", "source", "wbr"}
READ_ALOUD = ("title", "placeholder", "aria-label", "alt")
# A longer choice lists the countries or the time zones of the world, named by their standard.
OPTIONS_READ = 60
# Unfold does not hide its icons.
ICON = "material-symbols-outlined"


class Texts(HTMLParser):
    """Collects text nodes and the attributes that are read."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: set[str] = set()
        # Tags that are open inside one that is not read, itself first.
        self.unread: list[str] = []
        self.options: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        # Icons are words in a font of pictures, hidden from readers. The page has a language too.
        is_icon = values.get("aria-hidden") == "true" or ICON in values.get("class", "")
        if self.unread or tag in UNREAD or is_icon or "lang" in values:
            if tag not in VOID and tag != "html":
                self.unread.append(tag)
            if tag != "html":
                return
        if tag == "select":
            self.options = []
        for name in READ_ALOUD:
            self.add(values.get(name, ""))
        if tag == "input" and values.get("type") in {"submit", "button", "reset"}:
            self.add(values.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in self.unread:
            while self.unread.pop() != tag:
                pass
        elif tag == "select" and self.options is not None:
            options, self.options = self.options, None
            for option in options if len(options) <= OPTIONS_READ else ():
                self.add(option)

    def handle_data(self, data: str) -> None:
        if self.options is not None:
            if data.strip():
                self.options.append(data)
        elif not self.unread:
            self.add(data)

    def add(self, text: str) -> None:
        plain = " ".join(text.split())
        if any(character.isalpha() for character in plain):
            self.found.add(plain)


def texts_of(html: str) -> set[str]:
    """Return the texts of a page, white space folded; those without a letter are left out."""
    parser = Texts()
    parser.feed(html)
    parser.close()
    return parser.found
