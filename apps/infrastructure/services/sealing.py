"""Passwords of stations that must wait in the database for a moment."""

from apps.core import sealing
from apps.core.sealing import SealBroken

PURPOSE = "chargeyard station secrets"

__all__ = ["SealBroken", "seal", "unseal"]


def seal(text: str) -> str:
    """Return the text encrypted, as ASCII."""
    return sealing.seal(text, PURPOSE)


def unseal(sealed: str) -> str:
    """Return what was sealed. Raises SealBroken."""
    return sealing.unseal(sealed, PURPOSE)
