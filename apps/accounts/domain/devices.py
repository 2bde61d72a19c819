"""From which device somebody signed in, as far as its browser tells."""

import re
from dataclasses import dataclass

from apps.audit.domain.agents import BROWSERS, SYSTEMS


@dataclass(frozen=True, slots=True)
class Device:
    """Browser and system by name, "" where unknown."""

    browser: str
    system: str


def device_of(agent: str) -> Device:
    """Return the device of a User-Agent: Device("Firefox", "Windows")."""
    return Device(first(BROWSERS, agent), first(SYSTEMS, agent))


def first(known: list[tuple[str, str]], agent: str) -> str:
    return next((name for name, pattern in known if re.search(pattern, agent)), "")
