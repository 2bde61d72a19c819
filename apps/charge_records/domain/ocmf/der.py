"""The two ASN.1 structures of OCMF: signatures, read leniently, and public keys, read strictly."""

from __future__ import annotations

from dataclasses import dataclass

_SEQUENCE, _INTEGER, _BIT_STRING, _OBJECT_ID = 0x30, 0x02, 0x03, 0x06
# 1.2.840.10045.2.1, id-ecPublicKey.
_EC_PUBLIC_KEY = bytes.fromhex("2A8648CE3D0201")


class DerError(ValueError):
    """The octets are not the structure that was looked for."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Both whole numbers of an ECDSA signature; `is_canonical`: strict DER would read the same."""

    r: int
    s: int
    is_canonical: bool = True


def read_signature(data: bytes) -> Signature:
    """Return r and s of `SEQUENCE { INTEGER r, INTEGER s }`; DerError for anything else.

    Both are taken as unsigned and of any length: there are meters that write fixed-length numbers
    without the sign octet, and their signatures hold.
    """
    content, rest = _read(data, _SEQUENCE)
    r_octets, content = _read(content, _INTEGER)
    s_octets, content = _read(content, _INTEGER)
    if rest or content or not r_octets or not s_octets:
        raise DerError("not a signature")
    r, s = int.from_bytes(r_octets, "big"), int.from_bytes(s_octets, "big")
    strict = _write(_SEQUENCE, _write_integer(r) + _write_integer(s))
    return Signature(r, s, is_canonical=strict == data)


def read_public_key(data: bytes) -> tuple[bytes, bytes]:
    """Return the curve's identifier (content octets) and the point of a SubjectPublicKeyInfo.

    DerError for anything else. Source: RFC 5480, 2.
    """
    content, rest = _read(data, _SEQUENCE)
    algorithm, content = _read(content, _SEQUENCE)
    bits, surplus = _read(content, _BIT_STRING)
    name, algorithm = _read(algorithm, _OBJECT_ID)
    curve, algorithm = _read(algorithm, _OBJECT_ID)
    if rest or surplus or algorithm or name != _EC_PUBLIC_KEY or bits[:1] != b"\0":
        raise DerError("not an elliptic curve key")
    return curve, bits[1:]


def write_public_key(curve: bytes, point: bytes) -> bytes:
    """Return the SubjectPublicKeyInfo of a point; the opposite of `read_public_key`."""
    algorithm = _write(_OBJECT_ID, _EC_PUBLIC_KEY) + _write(_OBJECT_ID, curve)
    return _write(_SEQUENCE, _write(_SEQUENCE, algorithm) + _write(_BIT_STRING, b"\0" + point))


def _read(data: bytes, tag: int) -> tuple[bytes, bytes]:
    """Return the content of the first element, which must have this tag, and what follows it."""
    if len(data) < 2 or data[0] != tag:
        raise DerError("unexpected element")
    length, start = data[1], 2
    if length & 0x80:
        count = length & 0x7F
        start += count
        length = int.from_bytes(data[2:start], "big")
        if not 1 <= count <= 4:
            raise DerError("unexpected length")
    end = start + length
    if end > len(data):
        raise DerError("cut short")
    return data[start:end], data[end:]


def _write(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def _write_integer(number: int) -> bytes:
    return _write(_INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))
