"""User agents in few words."""

import re

# Order matters: most browsers also claim to be those further down.
BROWSERS = [
    ("Edge", r"Edg(?:A|iOS)?/(\d+)"),
    ("Opera", r"OPR/(\d+)"),
    ("Firefox", r"(?:Firefox|FxiOS)/(\d+)"),
    ("Chrome", r"(?:Chrome|CriOS|Chromium)/(\d+)"),
    ("Safari", r"Version/(\d+)[\d.]* (?:Mobile/\S+ )?Safari"),
]
SYSTEMS = [
    ("Android", r"Android"),
    ("iOS", r"iPhone|iPad"),
    ("Windows", r"Windows"),
    ("macOS", r"Mac OS X"),
    ("Linux", r"Linux|X11"),
]
LONGEST = 80


def short_agent(text: str) -> str:
    """Return browser and system: "Firefox 131, Linux"; of an unknown agent its beginning."""
    browser = next(
        (f"{name} {found[1]}" for name, pattern in BROWSERS if (found := re.search(pattern, text))),
        "",
    )
    system = next((name for name, pattern in SYSTEMS if re.search(pattern, text)), "")
    known = ", ".join(part for part in (browser, system) if part)
    printable = "".join(sign if sign.isprintable() else " " for sign in text)
    return known if browser else printable.strip()[:LONGEST]
