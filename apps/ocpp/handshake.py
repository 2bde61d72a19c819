"""Reading a station's handshake: its id in the address, its credentials, its subprotocol. Pure.

The quirks are those seen in the field: trailing slashes, further segments, the id in the query,
aliases and odd case of the subprotocol, passwords with a colon or in raw bytes.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qsl

PREFIX = "/device/ocpp16"
# OCPP-J 1.6, 3.1: the token is "ocpp1.6"; the alias was seen in the field.
SUBPROTOCOLS = frozenset({"ocpp1.6", "ocpp1.6j"})
QUERY_NAMES = frozenset({"id", "cid", "cpid", "chargepointid", "chargeboxid", "identity"})
ID_MAX = 48


@dataclass(frozen=True, slots=True)
class Credentials:
    """HTTP Basic: the password is bytes, for a key may be binary."""

    user: str
    password: bytes


class Agreement(StrEnum):
    """What the offered subprotocols come to."""

    CHOSEN = "chosen"
    NONE_OFFERED = "none_offered"
    NONE_KNOWN = "none_known"


def charge_box_id_of(path: str, query: bytes = b"") -> str:
    """Return the charge box id of a path that the server has percent-decoded once; "" without one.

    Example: "/device/ocpp16/site-7/CB-1/" -> "CB-1".
    """
    rest = path.removeprefix(PREFIX) if path.startswith(PREFIX) else ""
    segments = [segment.strip() for segment in rest.split("/") if segment.strip()]
    if segments:
        return segments[-1][: ID_MAX + 1]
    for name, value in parse_qsl(query.decode("latin-1")):
        if name.lower() in QUERY_NAMES:
            return value.strip()[: ID_MAX + 1]
    return ""


def credentials_of(headers: Iterable[tuple[bytes, bytes]]) -> Credentials | None:
    """Return the HTTP Basic credentials, split at the first colon; None where there are none."""
    for name, value in headers:
        if name.lower() == b"authorization":
            scheme, _, encoded = value.partition(b" ")
            if scheme.lower() != b"basic":
                return None
            try:
                plain = base64.b64decode(encoded.strip(), validate=True)
            except (binascii.Error, ValueError):
                return None
            user, colon, password = plain.partition(b":")
            return Credentials(user.decode("utf-8", "replace"), password) if colon else None
    return None


def choose_subprotocol(offered: Sequence[str]) -> tuple[Agreement, str]:
    """Return the first token we speak, spelled as offered (the station's order wins)."""
    if not offered:
        return Agreement.NONE_OFFERED, ""
    for token in offered:
        if token.strip().lower() in SUBPROTOCOLS:
            return Agreement.CHOSEN, token
    return Agreement.NONE_KNOWN, ""
