"""Is this the client certificate of that station? Security profile 3, judged without a database.

Source: OCPP 1.6 security white paper, edition 3, A00.FR.403 to A00.FR.407, 501 to 503 and 704.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SMALLEST_RSA_BITS = 2048
SMALLEST_EC_BITS = 224

Named = x509.Certificate | x509.CertificateSigningRequest
"""What has a subject and a key: a certificate, or the request for one."""


@dataclass(frozen=True, slots=True)
class Authority:
    """Who signs stations' certificates, with its list of revoked ones where there is one (PEM)."""

    certificate: str
    revocation_list: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the certificate must say: O, and as CN one of the names, whatever their case."""

    operator: str
    names: Sequence[str]
    authorities: Sequence[Authority]


class CertificateFault(ValueError):
    """The certificate does not prove the station; the text says why."""


# What the library says of bytes that are none, or that ask for what it does not know.
UNREADABLE = (ValueError, x509.InvalidVersion, x509.DuplicateExtension, UnsupportedAlgorithm)


def check_certificate(der: bytes, expected: Expected, *, now: datetime) -> None:
    """Raise CertificateFault unless the certificate is the station's and valid now."""
    if not der:
        raise CertificateFault("no client certificate")
    try:
        certificate = x509.load_der_x509_certificate(der)
        check_subject(certificate, expected)
        check_key(certificate)
        check_use(certificate)
    except UNREADABLE as error:
        if isinstance(error, CertificateFault):
            raise
        raise CertificateFault("not a certificate") from error
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise CertificateFault("not valid at this time")
    check_issuer(certificate, expected.authorities, now)


def check_subject(certificate: Named, expected: Expected) -> None:
    """The O is the operator's, the CN the station's serial number or charge box id."""
    operators = texts(certificate, NameOID.ORGANIZATION_NAME)
    if operators != [expected.operator]:
        raise CertificateFault("the O is not the operator's")
    names = {name.casefold() for name in expected.names if name}
    common = [name.casefold() for name in texts(certificate, NameOID.COMMON_NAME)]
    if len(common) != 1 or common[0] not in names:
        raise CertificateFault("the CN is neither serial number nor Chargebox ID")


def texts(certificate: Named, oid: x509.ObjectIdentifier) -> list[str]:
    return [str(entry.value) for entry in certificate.subject.get_attributes_for_oid(oid)]


def check_key(certificate: Named) -> None:
    """RSA of 2048 bits or an elliptic curve of 224 bits at least."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        is_long = key.key_size >= SMALLEST_RSA_BITS
    else:
        is_long = isinstance(key, ec.EllipticCurvePublicKey) and key.key_size >= SMALLEST_EC_BITS
    if not is_long:
        raise CertificateFault("the key is too short, or of another kind than RSA and EC")


def check_use(certificate: x509.Certificate) -> None:
    """A certificate that names its uses must name that of a client; an authority's is none."""
    for extension in certificate.extensions:
        value = extension.value
        if isinstance(value, x509.BasicConstraints) and value.ca:
            raise CertificateFault("the certificate of an authority is no client's")
        if isinstance(value, x509.ExtendedKeyUsage) and not {
            ExtendedKeyUsageOID.CLIENT_AUTH,
            ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
        } & set(value):
            raise CertificateFault("not made for clients")


def check_issuer(
    certificate: x509.Certificate, authorities: Iterable[Authority], now: datetime
) -> None:
    """One of the authorities, itself valid now, signed the certificate and has not revoked it."""
    for authority in authorities:
        issuer = x509.load_pem_x509_certificate(authority.certificate.encode())
        try:
            certificate.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            continue
        if not issuer.not_valid_before_utc <= now <= issuer.not_valid_after_utc:
            raise CertificateFault("the authority's certificate is not valid at this time")
        if is_revoked(certificate, authority.revocation_list):
            raise CertificateFault("revoked")
        return
    raise CertificateFault("signed by no authority that is trusted")


def is_revoked(certificate: x509.Certificate, revocation_list: str) -> bool:
    """Say whether the list (PEM, "" for none) names the certificate."""
    if not revocation_list:
        return False
    found = x509.load_pem_x509_crl(revocation_list.encode())
    return found.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None


def check_authority(certificate: str, revocation_list: str = "") -> None:
    """Raise CertificateFault unless the PEM is an authority's and the list is signed by it."""
    try:
        authority = x509.load_pem_x509_certificate(certificate.encode())
        constraints = authority.extensions.get_extension_for_class(x509.BasicConstraints).value
        check_key(authority)
    except x509.ExtensionNotFound as error:
        raise CertificateFault("not the certificate of an authority") from error
    except ValueError as error:
        if isinstance(error, CertificateFault):
            raise
        raise CertificateFault("not a certificate in PEM") from error
    if not constraints.ca:
        raise CertificateFault("not the certificate of an authority")
    if not revocation_list:
        return
    try:
        crl = x509.load_pem_x509_crl(revocation_list.encode())
    except ValueError as error:
        raise CertificateFault("not a revocation list in PEM") from error
    key = authority.public_key()
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) or not (
        crl.is_signature_valid(key)
    ):
        raise CertificateFault("the revocation list is not signed by this authority")
