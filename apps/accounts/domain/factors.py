"""Second factors: which there are, and when a code of an authenticator app is right."""

import base64
import hmac
import re
import struct
from datetime import datetime
from enum import StrEnum

STEP_S = 30
DIGITS = 6
LEEWAY = 1
"""Steps by which the clock of an app may be wrong, either way (RFC 6238, 5.2 advises one)."""
NOT_TYPED = re.compile(r"[\s\-–]")


class Factor(StrEnum):
    """By what, beside the password, somebody shows who it is; the values are allauth's."""

    APP = "totp"
    PASSKEY = "webauthn"
    RECOVERY = "recovery_codes"


def plain_code(text: str) -> str:
    """Return a typed code without the blanks and dashes of people: "123 456" → "123456"."""
    return NOT_TYPED.sub("", text)


def is_app_code(code: str) -> bool:
    """Say whether a plain code has the form of an app's; recovery codes are longer."""
    return len(code) == DIGITS and code.isascii() and code.isdigit()


def step_at(moment: datetime) -> int:
    """Return the number of the 30 seconds in which the moment lies (RFC 6238, 4.2)."""
    return int(moment.timestamp()) // STEP_S


def code_at(secret: str, step: int) -> str:
    """Return the six digits that an app with the base32 secret shows in a step (RFC 4226, 5.3)."""
    digest = hmac.digest(base64.b32decode(secret, casefold=True), struct.pack(">Q", step), "sha1")
    offset = digest[-1] & 0x0F
    (number,) = struct.unpack(">I", digest[offset : offset + 4])
    return str((number & 0x7FFFFFFF) % 10**DIGITS).zfill(DIGITS)


def fitting_step(secret: str, code: str, *, now: datetime, last_step: int) -> int | None:
    """Return the step whose code it is, None for a wrong one.

    Steps up to `last_step`, the one used last, fit no more: a code works once (RFC 6238, 5.2).
    """
    current = step_at(now)
    found = None
    for step in range(current - LEEWAY, current + LEEWAY + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()) and step > last_step:
            found = step
    return found
