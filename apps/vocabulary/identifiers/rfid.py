"""Card numbers (RFID UIDs): reader order, REV-HEX, and which card an idTag means.

Sources: ISO 14443-3, ISO 15693, OCPP 1.6 7.28 as restated in the project's domain facts, 4.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

# 4, 7 or 10 bytes (ISO 14443-3); 8 bytes of ISO 15693 are no input of the portal's forms.
UID_HEX_LENGTHS = frozenset({8, 14, 20})
_SEPARATORS = re.compile(r"[\s:\-]+")
_HEX = re.compile(r"[0-9A-F]+")


class MatchedBy(StrEnum):
    SAME = "same"
    REVERSED = "reversed"


class UidWarning(StrEnum):
    """What is odd about a UID that is accepted."""

    RANDOM = "random"
    CUT_SHORT = "cut_short"


@dataclass(frozen=True, slots=True)
class TagMatch:
    """`stored`: the hit as stored, None for none. `is_ambiguous`: more than one in its step."""

    stored: str | None
    matched_by: MatchedBy | None = None
    is_ambiguous: bool = False


def normalise_uid(text: str) -> str | None:
    """Return 8, 14 or 20 capital hex digits; None for anything else.

    Blanks, `:`, `-` and a leading `0x` are stripped; nothing is padded, cut or guessed.
    Example: "04:a2:b3:c4:d5:e6:80" -> "04A2B3C4D5E680".
    """
    plain = _SEPARATORS.sub("", text).upper().removeprefix("0X")
    if not text.isascii() or len(plain) not in UID_HEX_LENGTHS or _HEX.fullmatch(plain) is None:
        return None
    return plain


def reverse_uid(uid: str) -> str:
    """Return the bytes of a UID in the other order: reader order <-> REV-HEX.

    Example: "04A2B3C4D5E680" -> "80E6D5C4B3A204". ValueError for an odd number of digits.
    """
    return bytes.fromhex(uid)[::-1].hex().upper()


def uid_warning(uid: str) -> UidWarning | None:
    """Return what is odd about a UID in reader order: random per reading, or cut short."""
    if len(uid) == 8 and uid.startswith("08"):
        return UidWarning.RANDOM
    if len(uid) == 8 and uid.startswith("88"):
        return UidWarning.CUT_SHORT
    return None


def match_tag(stored: Iterable[str], id_tag: str) -> TagMatch:
    """Return which stored UID an idTag means; equal as sent beats reversed, never in part.

    `stored`: normalised UIDs, all in one order. More than one hit in a step is ambiguous and
    means none.
    """
    uid = normalise_uid(id_tag)
    if uid is None:
        return TagMatch(None)
    known = list(stored)
    for matched_by, wanted in ((MatchedBy.SAME, uid), (MatchedBy.REVERSED, reverse_uid(uid))):
        hits = [card for card in known if card == wanted]
        if len(hits) > 1:
            return TagMatch(None, matched_by, is_ambiguous=True)
        if hits:
            return TagMatch(hits[0], matched_by)
    return TagMatch(None)
