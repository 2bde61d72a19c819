"""Keys of stations: made, hashed, checked (INF-05). A key is shown once and never kept in clear.

A generated key has 160 random bits, so a salted SHA-256 is enough (OWASP ASVS 5.0, 6.5.2) and a
reconnect storm stays cheap; a chosen password gets a slow hash, as slow as OWASP asks and quick
enough to be done before a refusal leaves.
"""

import hashlib
import hmac
import secrets

from django.contrib.auth.hashers import (
    PBKDF2PasswordHasher,
    get_hasher,
    identify_hasher,
    make_password,
)
from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError

GENERATED_BYTES = 20
SHORTEST = 8
# OCPP 1.6 security white paper, A00.FR.205: a shorter one is weak.
RECOMMENDED = 16
# OCPP 1.6: AuthorizationKey is sent as up to 40 characters.
LONGEST = 40
FAST = "sha256"
SALT_BYTES = 16
# OWASP's password storage cheat sheet for PBKDF2 with SHA-256; Django's own are for log-ins.
ROUNDS = 600_000


class PasswordLength(AppError):
    code = "password_length"
    message = _("The HTTP Basic password must have %(shortest)s to %(longest)s characters.")


def generate_key() -> str:
    """Return a new key: 20 random bytes as 40 hexadecimal digits."""
    return secrets.token_hex(GENERATED_BYTES)


def check_length(password: str, *, shortest: int) -> None:
    """Raise PasswordLength unless the password has `shortest` to 40 characters."""
    if not shortest <= len(password) <= LONGEST:
        raise PasswordLength("password", shortest=shortest, longest=LONGEST)


def is_weak(password: str) -> bool:
    """Say whether a chosen password is shorter than the security white paper asks for."""
    return len(password) < RECOMMENDED


def hash_key(password: str, *, generated: bool) -> str:
    """Return what is stored: `sha256$salt$digest` for a generated key, else Django's slow hash."""
    if not generated:
        hasher = get_hasher()
        if isinstance(hasher, PBKDF2PasswordHasher):
            return str(hasher.encode(password, hasher.salt(), ROUNDS))
        return make_password(password)
    salt = secrets.token_hex(SALT_BYTES)
    return f"{FAST}${salt}${digest(salt, password.encode())}"


def verify_key(password: bytes, stored: str) -> bool:
    """Say whether the bytes a station sent are its key, or the bytes its key is the hex form of.

    Stations differ: some send the 40 digits as text, some the 20 bytes that the digits stand for.
    A slow hash is computed once: for bytes that are no text, in their hexadecimal form.
    """
    if stored.startswith(f"{FAST}$"):
        return any(matches(form, stored) for form in (password, password.hex().encode()))
    return matches(password if is_text(password) else password.hex().encode(), stored)


def is_text(password: bytes) -> bool:
    """Say whether the bytes are what a person can type."""
    try:
        return password.decode().isprintable()
    except UnicodeDecodeError:
        return False


def matches(password: bytes, stored: str) -> bool:
    """Say whether exactly these bytes are the stored password."""
    if stored.startswith(f"{FAST}$"):
        _name, salt, expected = stored.split("$")
        return hmac.compare_digest(digest(salt, password), expected)
    try:
        # Not check_password: after a wrong one it computes the rounds that are missing to Django's.
        return bool(identify_hasher(stored).verify(password.decode(), stored))
    except ValueError:
        return False  # no password is set, or by a hash that these settings do not know


def digest(salt: str, password: bytes) -> str:
    return hashlib.sha256(salt.encode() + b"$" + password).hexdigest()
