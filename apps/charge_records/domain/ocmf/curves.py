"""The seven curves of OCMF (table 22) with SHA-256: points checked, signatures verified."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from apps.charge_records.domain.ocmf.weierstrass import SECP192K1 as OWN_SECP192K1
from apps.charge_records.domain.ocmf.weierstrass import Point

# Ours: keys of so many meters stay loaded.
_KEPT_KEYS = 1024
_SHA256 = ec.ECDSA(hashes.SHA256())


@dataclass(frozen=True, slots=True)
class Curve:
    """`name` as in OCMF's SA; `oid`: content octets of the object identifier; `size`: octets of
    a coordinate; `library_curve`: None for secp192k1, which `cryptography` lacks.
    """

    name: str
    oid: bytes
    size: int
    library_curve: type[ec.EllipticCurve] | None


SECP192K1 = Curve("secp192k1", bytes.fromhex("2B8104001F"), 24, None)
SECP192R1 = Curve("secp192r1", bytes.fromhex("2A8648CE3D030101"), 24, ec.SECP192R1)
SECP256K1 = Curve("secp256k1", bytes.fromhex("2B8104000A"), 32, ec.SECP256K1)
SECP256R1 = Curve("secp256r1", bytes.fromhex("2A8648CE3D030107"), 32, ec.SECP256R1)
BRAINPOOL256R1 = Curve(
    "brainpool256r1", bytes.fromhex("2B2403030208010107"), 32, ec.BrainpoolP256R1
)
SECP384R1 = Curve("secp384r1", bytes.fromhex("2B81040022"), 48, ec.SECP384R1)
BRAINPOOL384R1 = Curve(
    "brainpool384r1", bytes.fromhex("2B240303020801010B"), 48, ec.BrainpoolP384R1
)

CURVES = (
    SECP192R1,
    SECP192K1,
    SECP256R1,
    SECP256K1,
    BRAINPOOL256R1,
    SECP384R1,
    BRAINPOOL384R1,
)
_BY_OID = {curve.oid: curve for curve in CURVES}
_BY_NAME = {curve.name: curve for curve in CURVES}

# OCMF, table 22: what an omitted SA means.
DEFAULT_ALGORITHM = "ECDSA-secp256r1-SHA256"


def curve_of_oid(oid: bytes) -> Curve | None:
    return _BY_OID.get(oid)


def curve_of_algorithm(algorithm: str) -> Curve | None:
    """Return the curve of an SA; None where it is not one of the seven with SHA-256.

    Case is ignored, and so is the P in `brainpoolP256r1`.
    """
    parts = algorithm.strip().lower().split("-")
    if len(parts) != 3 or parts[0] != "ecdsa" or parts[2] != "sha256":
        return None
    return _BY_NAME.get(parts[1].replace("brainpoolp", "brainpool"))


def is_on_curve(curve: Curve, point: Point) -> bool:
    """Tell whether a point is on a curve."""
    if curve.library_curve is None:
        return OWN_SECP192K1.contains(*point)
    try:
        _library_key(curve.library_curve, point)
    except ValueError:
        return False
    return True


def decompress(curve: Curve, encoded: bytes) -> Point | None:
    """Return the point of `02‖X` or `03‖X`; None where there is none, or on secp192k1."""
    if curve.library_curve is None or len(encoded) != curve.size + 1:
        return None
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(curve.library_curve(), encoded)
    except ValueError:
        return None
    numbers = key.public_numbers()
    return numbers.x, numbers.y


def is_signed(curve: Curve, point: Point, r: int, s: int, message: bytes) -> bool:
    """Tell whether (r, s) is the signature of `message` (hashed with SHA-256) by the key `point`.

    ValueError for a point that is not on the curve.
    """
    if curve.library_curve is None:
        if not OWN_SECP192K1.contains(*point):
            raise ValueError("the point is not on the curve")
        return OWN_SECP192K1.verify(point, r, s, sha256(message).digest())
    key = _library_key(curve.library_curve, point)
    if r <= 0 or s <= 0:
        return False
    try:
        key.verify(encode_dss_signature(r, s), message, _SHA256)
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=_KEPT_KEYS)
def _library_key(curve: type[ec.EllipticCurve], point: Point) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicNumbers(*point, curve()).public_key()
