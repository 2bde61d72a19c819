"""An authority of the tenant's own: its root, the requests it signs, its list of revoked ones.

Nothing here asks for rights or keeps anything; keys are made and used, never written down.
Source: OCPP 1.6 security white paper, edition 3, A00.FR.403 to A00.FR.407 and 501 to 503, use
cases A02 and A03; RFC 5280.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from apps.infrastructure.domain.certificates import (
    UNREADABLE,
    CertificateFault,
    Expected,
    check_key,
    check_subject,
    texts,
)

# SignCertificate.req and CertificateSigned.req of the white paper: the longest texts they carry.
REQUEST_MAX = 5500
CHAIN_MAX = 10_000
# RFC 5280, appendix A.1: ub-common-name and ub-organization-name.
NAME_MAX = 64
# Clocks of stations go wrong: what is signed now is valid since so long.
BACKDATED = timedelta(days=1)
RENEWED_BEFORE = timedelta(days=30)
"""So long before its end a certificate is renewed, unless it lives for less than thrice that."""
LIST_VALID = timedelta(days=30)
STRONG_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class KeyKind(StrEnum):
    """The key of an authority."""

    EC_P256 = "ec_p256"
    RSA_3072 = "rsa_3072"


@dataclass(frozen=True, slots=True)
class Issuer:
    """An authority that can sign: its certificate and the key to it."""

    certificate: x509.Certificate
    key: PrivateKey


@dataclass(frozen=True, slots=True)
class Facts:
    """What is noted of a certificate; numbers in hexadecimal digits.

    `fingerprint`: SHA-256 of the certificate, `key_digest`: of its public key.
    """

    serial_number: str
    subject: str
    valid_from: datetime
    valid_until: datetime
    fingerprint: str
    key_digest: str


# Keys and texts


def make_key(kind: KeyKind) -> PrivateKey:
    """Return a new private key."""
    if kind is KeyKind.RSA_3072:
        return rsa.generate_private_key(public_exponent=65537, key_size=3072)
    return ec.generate_private_key(ec.SECP256R1())


def key_text(key: PrivateKey) -> str:
    """Return the key as PEM (PKCS 8) in clear: for sealing, never for showing."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def read_issuer(certificate: str, key: str) -> Issuer:
    """Return the authority of two PEM texts. Raises ValueError where they are no pair of ours."""
    found = serialization.load_pem_private_key(key.encode(), password=None)
    if not isinstance(found, PrivateKey):
        raise ValueError("neither an RSA nor an EC key")
    root = x509.load_pem_x509_certificate(certificate.encode())
    if key_digest(root) != digest_of(found.public_key()):
        raise ValueError("the key belongs to another certificate")
    return Issuer(root, found)


def pem(certificate: x509.Certificate | x509.CertificateRevocationList) -> str:
    """Return a certificate or a list as text."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def key_digest(holder: x509.Certificate | x509.CertificateSigningRequest) -> str:
    """Return the SHA-256 of the public key (SubjectPublicKeyInfo) in hexadecimal digits."""
    return digest_of(holder.public_key())


def digest_of(key: object) -> str:
    if not isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        raise CertificateFault("the key is too short, or of another kind than RSA and EC")
    der = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(der).hexdigest()


def facts_of(certificate: x509.Certificate) -> Facts:
    """Return what is noted of the certificate."""
    return Facts(
        serial_number=f"{certificate.serial_number:X}",
        subject=certificate.subject.rfc4514_string(),
        valid_from=certificate.not_valid_before_utc,
        valid_until=certificate.not_valid_after_utc,
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
        key_digest=key_digest(certificate),
    )


# Requests of stations


def read_request(text: str, expected: Expected) -> x509.CertificateSigningRequest:
    """Return the request that a station sent as PEM, if it may be signed.

    The station proves that it has the key (the request is signed by it), the key is long enough,
    the O is the operator's and the CN names this station. Extensions that it asks for count for
    nothing: what a certificate may do is our affair. Raises CertificateFault, which says what is
    wrong.
    """
    if len(text) > REQUEST_MAX:
        raise CertificateFault(f"the request is longer than {REQUEST_MAX} characters")
    try:
        request = x509.load_pem_x509_csr(text.encode())
        check_key(request)
        if not isinstance(request.signature_hash_algorithm, STRONG_HASHES):
            raise CertificateFault("the request is signed with a hash weaker than SHA-256")
        is_signed = request.is_signature_valid
        check_subject(request, expected)
    except UNREADABLE as error:
        if isinstance(error, CertificateFault):
            raise
        raise CertificateFault("not a certificate request in PEM") from error
    if not is_signed:
        raise CertificateFault("the request is not signed by its own key")
    return request


def common_name(holder: x509.Certificate | x509.CertificateSigningRequest) -> str:
    """Return the CN of the subject; "" without one."""
    return next(iter(texts(holder, NameOID.COMMON_NAME)), "")


def issue(
    request: x509.CertificateSigningRequest, issuer: Issuer, *, days: int, now: datetime
) -> x509.Certificate:
    """Return the station's certificate: a client's, with the O, the CN and the key of the request.

    It is valid for so many days from now, but no longer than the authority itself.
    """
    [operator] = texts(request, NameOID.ORGANIZATION_NAME)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name_of(operator, common_name(request)))
        .issuer_name(issuer.certificate.subject)
        .public_key(request.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(max(now - BACKDATED, issuer.certificate.not_valid_before_utc))
        .not_valid_after(min(now + timedelta(days=days), issuer.certificate.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(key_encipherment=is_rsa(request)), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(request.public_key()), critical=False
        )
        .add_extension(authority_key(issuer), critical=False)
    )
    return builder.sign(issuer.key, hashes.SHA256())


def is_rsa(holder: x509.CertificateSigningRequest) -> bool:
    return isinstance(holder.public_key(), rsa.RSAPublicKey)


def is_due(valid_from: datetime, valid_until: datetime, *, now: datetime) -> bool:
    """Say whether a certificate ends so soon that it is renewed now.

    Thirty days before its end; one that lives for less than ninety after two thirds of its life.
    """
    ahead = min(RENEWED_BEFORE, (valid_until - valid_from) / 3)
    return valid_until - ahead <= now


# The authority itself


def make_root(name: str, operator: str, *, kind: KeyKind, until: datetime, now: datetime) -> Issuer:
    """Return a new authority that signs itself and may sign stations' certificates, no other CA."""
    key, subject = make_key(kind), name_of(operator, name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return Issuer(builder.sign(key, hashes.SHA256()), key)


def name_of(operator: str, common: str) -> x509.Name:
    """Return a subject of O and CN. Raises ValueError where one has more than 64 characters."""
    if max(len(operator), len(common)) > NAME_MAX:
        raise ValueError(f"longer than {NAME_MAX} characters")
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, operator),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def usage(*, signs_certificates: bool = False, key_encipherment: bool = False) -> x509.KeyUsage:
    """Return what a key is for: signing certificates and lists, or proving a client."""
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=key_encipherment,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def authority_key(issuer: Issuer) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())


def make_list(
    issuer: Issuer,
    revoked: Iterable[x509.RevokedCertificate],
    *,
    number: int,
    now: datetime,
) -> str:
    """Return the PEM of the authority's list of revoked certificates, the `number`th."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(now)
        .next_update(now + LIST_VALID)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(authority_key(issuer), critical=False)
    )
    for entry in revoked:
        builder = builder.add_revoked_certificate(entry)
    return pem(builder.sign(issuer.key, hashes.SHA256()))


def revoked_in(revocation_list: str) -> list[x509.RevokedCertificate]:
    """Return the entries of a list (PEM); [] for ""."""
    return list(x509.load_pem_x509_crl(revocation_list.encode())) if revocation_list else []


def list_end(revocation_list: str) -> datetime:
    """Return until when a list of ours (PEM) is to be believed."""
    found = x509.load_pem_x509_crl(revocation_list.encode())
    return found.next_update_utc or found.last_update_utc


def revoked_entry(serial_number: str, at: datetime) -> x509.RevokedCertificate:
    """Return the entry of a certificate; its serial number in hexadecimal digits."""
    return (
        x509.RevokedCertificateBuilder()
        .serial_number(int(serial_number, 16))
        .revocation_date(at)
        .build()
    )


# Certificates of others


def end_of(certificate: str) -> datetime | None:
    """Return until when a certificate (PEM) is valid; None for what is none."""
    try:
        return x509.load_pem_x509_certificate(certificate.encode()).not_valid_after_utc
    except ValueError:
        return None


def read_chain(text: str) -> list[x509.Certificate]:
    """Return the certificates of a PEM text, the station's own first. Raises CertificateFault."""
    if len(text) > CHAIN_MAX:
        raise CertificateFault(f"the chain is longer than {CHAIN_MAX} characters")
    try:
        return x509.load_pem_x509_certificates(text.encode())
    except UNREADABLE as error:
        raise CertificateFault("not a certificate in PEM") from error


def is_signed_by(certificate: x509.Certificate, authority: str) -> bool:
    """Say whether the authority (PEM) itself signed the certificate."""
    try:
        certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(authority.encode()))
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
