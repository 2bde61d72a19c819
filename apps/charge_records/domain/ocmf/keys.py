"""Public keys of meters in every notation that is about (DOMAIN 1.1)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from apps.charge_records.domain.ocmf.curves import (
    CURVES,
    Curve,
    curve_of_oid,
    decompress,
    is_on_curve,
)
from apps.charge_records.domain.ocmf.der import DerError, read_public_key, write_public_key
from apps.charge_records.domain.ocmf.weierstrass import Point

# Ours: the longest notation (PEM, or base64 of hex of a 384-bit key) stays far below.
KEY_TEXT_MAX = 4_096
_KEPT_KEYS = 1024

_PEM_LINE = re.compile(r"-----(?:BEGIN|END) PUBLIC KEY-----")
_BLANK = re.compile(r"\s+")
_HEX = re.compile(r"(?:0x)?((?:[0-9A-Fa-f]{2})+)")
_BASE32 = re.compile(r"[A-Z2-7]+=*")
# OCA application note "Signed Meter Values in OCPP", 2025, on the field publicKey.
_OCA = re.compile(r"oca:(base16|base64):asn1:([0-9A-Za-z+/=_-]+)", re.IGNORECASE)


class KeyNotReadableError(ValueError):
    """The text is no public key on one of the seven curves."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A point that is on its curve."""

    curve: Curve
    point: Point

    @property
    def der(self) -> bytes:
        """SubjectPublicKeyInfo, uncompressed."""
        x, y = (number.to_bytes(self.curve.size, "big") for number in self.point)
        return write_public_key(self.curve.oid, b"\x04" + x + y)

    @property
    def hex(self) -> str:
        """The DER structure in capital hex digits."""
        return self.der.hex().upper()

    @property
    def compressed(self) -> bytes:
        """`02‖X` or `03‖X`, as Alfen writes keys."""
        x, y = self.point
        return bytes((2 + y % 2,)) + x.to_bytes(self.curve.size, "big")

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the DER structure, hex: the same whatever notation the key came in."""
        return sha256(self.der).hexdigest()


@lru_cache(maxsize=_KEPT_KEYS)
def read_key(text: str, compressed_on: Curve | None = None) -> PublicKey:
    """Return the key in a text; KeyNotReadableError where it has none.

    Read: SubjectPublicKeyInfo in hex, base64, base32, PEM or the OCA's wrapping (itself in base64
    or not); a bare point `04‖X‖Y`, `X‖Y` or `02|03‖X`, the last only on the curve given.
    Case of hex digits and blanks are ignored.
    """
    if len(text) > KEY_TEXT_MAX:
        raise KeyNotReadableError("too long")
    for octets in _decoded(_PEM_LINE.sub("", text)):
        key = _key_in(octets, compressed_on) or _wrapped_key(octets, compressed_on)
        if key is not None:
            return key
    raise KeyNotReadableError("no public key")


def _decoded(text: str) -> Iterator[bytes]:
    """Yield what the text may stand for, likeliest first."""
    plain = _BLANK.sub("", text)
    if not plain.isascii():
        return
    if _OCA.fullmatch(plain):
        yield plain.encode()
        return
    if found := _HEX.fullmatch(plain):
        yield bytes.fromhex(found[1])
    try:
        padded = plain.rstrip("=") + "=" * (-len(plain.rstrip("=")) % 4)
        yield base64.b64decode(padded.translate(str.maketrans("-_", "+/")), validate=True)
    except binascii.Error:
        pass
    if _BASE32.fullmatch(plain):
        bare = plain.rstrip("=")
        try:
            yield base64.b32decode(bare + "=" * (-len(bare) % 8))
        except binascii.Error:
            return


def _wrapped_key(octets: bytes, compressed_on: Curve | None) -> PublicKey | None:
    found = _OCA.fullmatch(octets.decode("ascii", "replace").strip())
    if found is None:
        return None
    for inner in _decoded(found[2]):
        key = _key_in(inner, compressed_on)
        if key is not None:
            return key
    return None


def _key_in(octets: bytes, compressed_on: Curve | None) -> PublicKey | None:
    try:
        oid, encoded = read_public_key(octets)
    except DerError:
        return _bare_key(octets, CURVES, compressed_on)
    curve = curve_of_oid(oid)
    if curve is None or len(encoded) not in (curve.size + 1, 2 * curve.size + 1):
        return None
    return _bare_key(encoded, (curve,), curve)


def _bare_key(
    octets: bytes, curves: tuple[Curve, ...], compressed_on: Curve | None
) -> PublicKey | None:
    """Return the key of a bare point: on the one curve of its size that it lies on."""
    if compressed_on and octets[:1] in (b"\x02", b"\x03"):
        point = decompress(compressed_on, octets)
        if point is not None:
            return PublicKey(compressed_on, point)
    if len(octets) % 2 and octets[:1] == b"\x04":
        octets = octets[1:]
    half = len(octets) // 2
    point = int.from_bytes(octets[:half], "big"), int.from_bytes(octets[half:], "big")
    for curve in curves:
        if len(octets) == 2 * curve.size and is_on_curve(curve, point):
            return PublicKey(curve, point)
    return None
