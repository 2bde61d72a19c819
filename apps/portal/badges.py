"""A status as our pages show it: word, sign and tone."""

from dataclasses import dataclass

from django.utils.functional import Promise

GOOD = "good"
BUSY = "busy"
WARN = "warn"
BAD = "bad"
QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Badge:
    """`label`: translated word; `icon`: Material symbol; `tone`: one of the words above."""

    label: str | Promise
    icon: str
    tone: str
