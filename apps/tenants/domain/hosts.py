"""Which host names can lead to a tenant's portal, and how they are kept.

A name is kept as DNS knows it: small letters, without port, trailing dot and "www.", and with
letters beyond ASCII in their IDNA form (RFC 5891): "Lade.Größe.de" → "lade.xn--gre-6ka8i.de".
"""

from collections.abc import Collection
from enum import StrEnum
from ipaddress import ip_address

import idna

LONGEST = 253
# Names that lead to no public DNS: RFC 6761, 6762, 7686, 8375, 9476 and ICANN's "internal".
SPECIAL = frozenset({"local", "internal", "invalid", "onion", "alt", "arpa", "test"})
LOOPBACK = "localhost"
"""Names below it lead to the machine itself (RFC 6761, 6.3): the demo lives there."""


class HostFault(StrEnum):
    """Why a name cannot lead to a portal."""

    NO_NAME = "no_name"
    ADDRESS = "address"
    SINGLE_WORD = "single_word"
    SPECIAL = "special"
    RESERVED = "reserved"


class CheckFailure(StrEnum):
    """Why a name was not seen to lead here."""

    UNKNOWN_NAME = "unknown_name"
    INNER_ADDRESS = "inner_address"
    NO_ANSWER = "no_answer"
    ELSEWHERE = "elsewhere"


def is_address(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def dns_name(text: str) -> str | None:
    """Return the name in the form in which it is kept, None when it is no host name."""
    name = text.strip().rstrip(".")
    try:
        ascii_name = idna.encode(name, uts46=True, std3_rules=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        return None
    short = ascii_name.removeprefix("www.")
    return short if 0 < len(short) <= LONGEST else None


def readable(name: str) -> str:
    """Return the name as people write it: "xn--gre-6ka8i.de" → "größe.de"."""
    try:
        return idna.decode(name)
    except (idna.IDNAError, UnicodeError):
        return name


def host_fault(text: str, reserved: Collection[str]) -> HostFault | None:
    """Return why the text cannot be a tenant's host, or None.

    `reserved`: names that the platform keeps for itself; ".example.com" with all that lies below.
    """
    if is_address(text.strip()):
        return HostFault.ADDRESS
    name = dns_name(text)
    if name is None:
        return HostFault.NO_NAME
    *_, last = labels = name.split(".")
    if len(labels) == 1:
        return HostFault.SINGLE_WORD
    if last in SPECIAL:
        return HostFault.SPECIAL
    return HostFault.RESERVED if is_reserved(name, reserved) else None


def looked_up(name: str) -> str:
    """Return the name to ask the resolver for: many do not know those below localhost."""
    return LOOPBACK if name.endswith(f".{LOOPBACK}") else name


def is_reserved(name: str, reserved: Collection[str]) -> bool:
    return any(
        name == entry or (entry.startswith(".") and name.endswith(entry)) for entry in reserved
    )
