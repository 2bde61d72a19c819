"""What single manufacturers' chargers do differently: a profile a model, pure functions.

Source: field notes. KEBA readers append their serial number to the idTag ("04A2B3C4_12345678") and
take limits in mA; payment terminals append more after ";"; EVBox takes limits in dA; Wallbox takes
stack level 0 only.
"""

from __future__ import annotations

from dataclasses import dataclass

# OCPP 1.6 knows limits in A and W; the factors turn A into what the model takes for A.
MILLIAMPERE, DECIAMPERE = 1000, 10


@dataclass(frozen=True, slots=True)
class ModelProfile:
    """`tag_suffixes`: signs after which an idTag holds something else than the card."""

    tag_suffixes: str = ";"
    ampere_factor: int = 1
    has_only_stack_level_0: bool = False


STANDARD = ModelProfile()
# First word of the vendor that a station reports at its boot, in small letters.
_BY_VENDOR = {
    "keba": ModelProfile(tag_suffixes="_;", ampere_factor=MILLIAMPERE),
    "evbox": ModelProfile(ampere_factor=DECIAMPERE),
    "ev-box": ModelProfile(ampere_factor=DECIAMPERE),
    "wallbox": ModelProfile(has_only_stack_level_0=True),
}


def profile_of(vendor: str) -> ModelProfile:
    """Return the profile for the vendor as reported ("KEBA AG"); the standard for any other."""
    words = vendor.split()
    return _BY_VENDOR.get(words[0].lower(), STANDARD) if words else STANDARD


def card_part(id_tag: str, profile: ModelProfile) -> str:
    """Return the idTag without what the model appends; as it is where nothing would be left.

    Example: "04A2B3C4_12345678" of a KEBA -> "04A2B3C4".
    """
    part = id_tag
    for sign in profile.tag_suffixes:
        part = part.partition(sign)[0]
    return part.strip() or id_tag


def limit_for(amperes: float, profile: ModelProfile) -> float:
    """Return a limit in A as the number that the model takes for it: 16 A of a KEBA -> 16000."""
    return round(amperes * profile.ampere_factor, 1)


def stack_level_for(level: int, profile: ModelProfile) -> int:
    """Return the stack level that the model takes."""
    return 0 if profile.has_only_stack_level_0 else level
