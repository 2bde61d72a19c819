"""Curves, keys and signatures: the own arithmetic beside `cryptography`, and every notation."""

import base64

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.charge_records.domain.ocmf.curves import (
    CURVES,
    SECP192K1,
    SECP192R1,
    SECP256R1,
    Curve,
    curve_of_algorithm,
    is_on_curve,
    is_signed,
)
from apps.charge_records.domain.ocmf.der import DerError, read_signature
from apps.charge_records.domain.ocmf.keys import KeyNotReadableError, PublicKey, read_key
from apps.charge_records.domain.ocmf.weierstrass import SECP192K1 as OWN_SECP192K1
from apps.charge_records.domain.ocmf.weierstrass import WeierstrassCurve
from tests.charge_records.domain.ocmf.signing import Meter

pytestmark = pytest.mark.req("CDR-03")

# SEC 2, 2.4.1 and 2.4.2: curves that both sides have; one with a = 0, one with a = -3.
OWN_SECP256K1 = WeierstrassCurve(
    p=2**256 - 2**32 - 977,
    a=0,
    b=7,
    n=0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
    gx=0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    gy=0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)
OWN_SECP256R1 = WeierstrassCurve(
    p=2**256 - 2**224 + 2**192 + 2**96 - 1,
    a=-3,
    b=0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
    n=0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    gx=0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    gy=0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
LIBRARY_CURVES = [curve for curve in CURVES if curve.library_curve is not None]


def digest_of(message: bytes) -> bytes:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(message)
    return digest.finalize()


@pytest.mark.parametrize(
    "own, library",
    [(OWN_SECP256K1, ec.SECP256K1), (OWN_SECP256R1, ec.SECP256R1)],
    ids=["secp256k1", "secp256r1"],
)
def test_own_verifier_when_compared_with_library_then_agrees(
    own: WeierstrassCurve, library: type[ec.EllipticCurve]
) -> None:
    meter = Meter(library)
    numbers = meter.private_key.public_key().public_numbers()
    point = (numbers.x, numbers.y)
    assert own.contains(*point)
    for message in (b"", b"a", b"record" * 40):
        r, s = decode_dss_signature(meter.sign(message))
        assert own.verify(point, r, s, digest_of(message))
        assert own.verify(point, r, own.n - s, digest_of(message))
        assert not own.verify(point, r, s, digest_of(message + b"!"))
        assert not own.verify(point, r ^ 1, s, digest_of(message))
        assert not own.verify((own.gx, own.gy), r, s, digest_of(message))


def test_own_verifier_when_numbers_out_of_range_then_false() -> None:
    own, point = OWN_SECP192K1, (OWN_SECP192K1.gx, OWN_SECP192K1.gy)
    for r, s in ((0, 1), (1, 0), (own.n, 1), (1, own.n), (-1, 1)):
        assert not own.verify(point, r, s, bytes(32))
    assert not own.verify((own.gx, own.gy + 1), 1, 1, bytes(32))


def test_own_verifier_when_sum_is_infinity_then_false() -> None:
    own = OWN_SECP192K1
    # With e = -r mod n and the generator as key, u1 G + u2 G = ((e + r) / s) G is no point.
    digest = (own.n - 5).to_bytes(24, "big")
    assert not own.verify((own.gx, own.gy), 5, 7, digest)


@given(st.integers(0, 2**200), st.integers(0, 2**200), st.binary(max_size=40))
@settings(max_examples=30, deadline=None)
def test_own_verifier_when_anything_then_answers(r: int, s: int, digest: bytes) -> None:
    point = (OWN_SECP192K1.gx, OWN_SECP192K1.gy)
    assert OWN_SECP192K1.verify(point, r, s, digest) in (True, False)


@pytest.mark.parametrize("curve", LIBRARY_CURVES, ids=lambda curve: curve.name)
def test_is_signed_when_signed_on_each_curve_then_true(curve: Curve) -> None:
    assert curve.library_curve is not None
    meter = Meter(curve.library_curve)
    key = read_key(meter.public_key)
    r, s = decode_dss_signature(meter.sign(b"record"))
    assert key.curve == curve == curve_of_algorithm(meter.algorithm)
    assert is_signed(curve, key.point, r, s, b"record")
    assert not is_signed(curve, key.point, r, s, b"recorD")
    for wrong in (0, 2**400, r + 1):
        assert not is_signed(curve, key.point, wrong, s, b"record")


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
def test_is_signed_when_point_is_elsewhere_then_refused(curve: Curve) -> None:
    assert not is_on_curve(curve, (1, 1))
    assert not is_on_curve(curve, (2**400, 1))
    with pytest.raises(ValueError, match="curve"):
        is_signed(curve, (1, 1), 1, 1, b"")


@pytest.mark.parametrize(
    "algorithm, name",
    [
        ("ECDSA-secp192k1-SHA256", "secp192k1"),
        ("ecdsa-SECP384R1-sha256", "secp384r1"),
        ("ECDSA-brainpoolP384r1-SHA256", "brainpool384r1"),
        ("ECDSA-secp521r1-SHA256", None),
        ("ECDSA-secp256r1-SHA512", None),
        ("RSA-2048-SHA256", None),
        ("", None),
    ],
)
def test_curve_of_algorithm(algorithm: str, name: str | None) -> None:
    curve = curve_of_algorithm(algorithm)
    assert (curve.name if curve else None) == name


@pytest.mark.parametrize("curve", LIBRARY_CURVES, ids=lambda curve: curve.name)
def test_read_key_when_any_notation_then_one_key(curve: Curve) -> None:
    assert curve.library_curve is not None
    hex_key = Meter(curve.library_curve).public_key
    key = read_key(hex_key)
    der = bytes.fromhex(hex_key)
    raw = key.point[0].to_bytes(curve.size, "big") + key.point[1].to_bytes(curve.size, "big")
    coded = base64.b64encode(der).decode()
    notations = [
        hex_key.lower(),
        "0x" + hex_key,
        " ".join(hex_key[index : index + 4] for index in range(0, len(hex_key), 4)),
        hex_key[:50] + "\r\n" + hex_key[50:],
        coded,
        coded.rstrip("="),
        coded.translate(str.maketrans("+/", "-_")),
        base64.b32encode(der).decode(),
        f"-----BEGIN PUBLIC KEY-----\n{coded[:64]}\n{coded[64:]}\n-----END PUBLIC KEY-----\n",
        f"oca:base16:asn1:{hex_key}",
        base64.b64encode(f"oca:base16:asn1:{hex_key}".encode()).decode(),
        base64.b64encode(f"oca:base64:asn1:{coded}".encode()).decode(),
        "04" + raw.hex(),
        raw.hex(),
        base64.b64encode(raw).decode(),
    ]
    for notation in notations:
        assert read_key(notation) == key
    assert read_key(key.compressed.hex(), curve) == key
    assert key.hex == hex_key
    assert len(key.fingerprint) == 64


def test_read_key_when_secp192k1_then_its_own_curve() -> None:
    point = (OWN_SECP192K1.gx, OWN_SECP192K1.gy)
    key = PublicKey(SECP192K1, point)
    raw = key.der[-48:].hex()
    assert read_key(key.hex) == read_key(raw) == read_key("04" + raw) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "zz",
        "é",
        "04",
        "00" * 64,
        "04" + "11" * 64,
        "02" + "11" * 24,
        "A" * 5000,
        "oca:base16:asn1:00",
        "oca:base64:asn1:=",
        "-----BEGIN PUBLIC KEY-----",
        # RSA, and a curve that OCMF does not know (secp521r1).
        "300D06092A864886F70D010101050003020000",
        "3019301006072A8648CE3D020106052B8104002303050004010203",
    ],
)
def test_read_key_when_no_key_then_error(text: str) -> None:
    with pytest.raises(KeyNotReadableError):
        read_key(text)


def test_read_key_when_one_octet_off_then_error() -> None:
    der = bytes.fromhex(Meter().public_key)
    for altered in (der[:-1], der + b"\0", der[:-1] + bytes((der[-1] ^ 1,)), der[:30] + der[31:]):
        with pytest.raises(KeyNotReadableError):
            read_key(altered.hex())


@given(st.text(max_size=200) | st.binary(max_size=130).map(bytes.hex))
@settings(max_examples=300, deadline=None)
def test_read_key_when_anything_then_key_or_error(text: str) -> None:
    for compressed_on in (None, SECP192R1, SECP256R1, SECP192K1):
        try:
            key = read_key(text, compressed_on)
        except KeyNotReadableError:
            continue
        assert is_on_curve(key.curve, key.point)


@given(st.integers(1, 2**384), st.integers(1, 2**384))
def test_read_signature_when_strict_then_canonical(r: int, s: int) -> None:
    signature = read_signature(encode_dss_signature(r, s))
    assert (signature.r, signature.s, signature.is_canonical) == (r, s, True)


@pytest.mark.parametrize(
    "octets, r, s",
    [
        ("300602 01FF 0201 80", 0xFF, 0x80),
        ("3008 0202 0001 0202 0002", 1, 2),
        ("308106 020101 020102", 1, 2),
        ("3080060000", None, None),
        ("3007 020101 02028001", 1, 0x8001),
    ],
)
def test_read_signature_when_lenient_then_unsigned(octets: str, r: int | None, s: int) -> None:
    data = bytes.fromhex(octets)
    if r is None:
        with pytest.raises(DerError):
            read_signature(data)
        return
    signature = read_signature(data)
    assert (signature.r, signature.s, signature.is_canonical) == (r, s, False)


@pytest.mark.parametrize(
    "octets",
    ["", "30", "3000", "3003020101", "30050200020101", "3006020101020102FF", "3106020101020102",
     "3009020101020102020103", "3085000000000106", "30840000", "300602010102020102"],
)  # fmt: skip
def test_read_signature_when_no_signature_then_error(octets: str) -> None:
    with pytest.raises(DerError):
        read_signature(bytes.fromhex(octets))


@given(st.binary(max_size=200))
@settings(max_examples=300)
def test_read_signature_when_anything_then_signature_or_error(data: bytes) -> None:
    try:
        signature = read_signature(data)
    except DerError:
        return
    assert signature.r >= 0 <= signature.s
