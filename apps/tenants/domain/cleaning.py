"""What comes of an uploaded image: kept without what does more than show it, or refused."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ImageFault(StrEnum):
    """Why a file is refused."""

    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    ENTITIES = "entities"
    TOO_COMPLEX = "too_complex"
    TOO_MANY_PIXELS = "too_many_pixels"
    NOTHING_LEFT = "nothing_left"


class ImageRefused(Exception):
    """The file cannot be kept; `fault` says why."""

    def __init__(self, fault: ImageFault) -> None:
        self.fault = fault
        super().__init__(fault.value)


class Removed(StrEnum):
    """What was taken out of a drawing."""

    SCRIPT = "script"
    EVENT = "event"
    ANIMATION = "animation"
    FOREIGN = "foreign"
    OUTSIDE = "outside"
    STYLE = "style"
    EDITOR = "editor"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Cleaned:
    """`data`: what is kept; `removed`: what was taken out and how often."""

    data: bytes
    removed: Mapping[Removed, int] = field(default_factory=Counter)
