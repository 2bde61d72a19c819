"""Secrets that must wait in the database for a moment: encrypted with a key made of SECRET_KEY."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class SealBroken(Exception):
    """The text was sealed with another SECRET_KEY, or changed since."""


def fernet() -> Fernet:
    """Return the cipher: AES-128-CBC with HMAC-SHA-256 under a key derived from SECRET_KEY."""
    derivation = HKDF(SHA256(), length=32, salt=None, info=b"chargeyard station secrets")
    return Fernet(base64.urlsafe_b64encode(derivation.derive(settings.SECRET_KEY.encode())))


def seal(text: str) -> str:
    """Return the text encrypted, as ASCII."""
    return fernet().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Return what was sealed. Raises SealBroken."""
    try:
        return fernet().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise SealBroken from error
