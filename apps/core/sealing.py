"""Secrets that must be read again: encrypted in the database with a key made of SECRET_KEY.

Each purpose has a key of its own, so what was sealed for one opens for no other.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class SealBroken(Exception):
    """The text was sealed with another SECRET_KEY, for another purpose, or changed since."""


def cipher(purpose: str) -> MultiFernet:
    """Return the cipher: AES-128-CBC with HMAC-SHA-256; keys of SECRET_KEY_FALLBACKS open only."""
    return MultiFernet(
        [fernet(str(key), purpose) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    )


def fernet(key: str, purpose: str) -> Fernet:
    derivation = HKDF(SHA256(), length=32, salt=None, info=purpose.encode())
    return Fernet(base64.urlsafe_b64encode(derivation.derive(key.encode())))


def seal(text: str, purpose: str) -> str:
    """Return the text encrypted, as ASCII."""
    return cipher(purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, purpose: str) -> str:
    """Return what was sealed. Raises SealBroken."""
    try:
        return cipher(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise SealBroken from error
