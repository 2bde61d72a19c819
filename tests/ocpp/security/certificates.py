"""Keys, certificates and revocation lists, made for a test."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
DAY = timedelta(days=1)


def ec_key(curve: ec.EllipticCurve | None = None) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(curve or ec.SECP256R1())


def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def name_of(operator: str, common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, operator),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


@dataclass(frozen=True)
class Issued:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def write(self, path: Path) -> Path:
        """Write key and certificate into one PEM file, as haproxy and we want them."""
        key = self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path.write_bytes(key + self.pem.encode())
        return path


class Authority(Issued):
    """Signs certificates; `Authority.make("name")`."""

    @classmethod
    def make(cls, common: str = "Test authority") -> "Authority":
        key, name = ec_key(), name_of("Authority", common)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime.now(UTC) - 30 * DAY)
            .not_valid_after(datetime.now(UTC) + 3650 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        )
        return cls(builder.sign(key, hashes.SHA256()), key)

    def issue(
        self,
        common: str,
        *,
        operator: str = "Alpha",
        key: Key | None = None,
        days: tuple[int, int] = (-1, 365),
        usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.CLIENT_AUTH,
    ) -> Issued:
        """Sign a certificate for `common`, valid from and to so many days from now."""
        key = key or ec_key()
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name_of(operator, common))
            .issuer_name(self.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + days[0] * DAY)
            .not_valid_after(now + days[1] * DAY)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        )
        return Issued(builder.sign(self.key, hashes.SHA256()), key)

    def revocation_list(self, *revoked: Issued) -> str:
        """Return the PEM of a list of these certificates."""
        now = datetime.now(UTC)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(now - DAY)
            .next_update(now + 30 * DAY)
        )
        for issued in revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(issued.certificate.serial_number)
                .revocation_date(now - DAY)
                .build()
            )
        crl = builder.sign(self.key, hashes.SHA256())
        return crl.public_bytes(serialization.Encoding.PEM).decode()


def request_of(
    common: str,
    *,
    operator: str | None = "Alpha",
    key: Key | ed25519.Ed25519PrivateKey | None = None,
    digest: hashes.SHA384 | None = None,
    is_authority: bool = False,
) -> str:
    """Return a request (PEM) as a station makes it, signed by its key."""
    names = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    if operator is not None:
        names.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, operator))
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(names))
    if is_authority:
        wanted = x509.BasicConstraints(ca=True, path_length=None)
        builder = builder.add_extension(wanted, critical=True)
    key = key or ec_key()
    is_hashed = not isinstance(key, ed25519.Ed25519PrivateKey)
    signed = builder.sign(key, (digest or hashes.SHA256()) if is_hashed else None)
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def with_broken_signature(request: str) -> str:
    """Return the same request with another signature."""
    der = bytearray(x509.load_pem_x509_csr(request.encode()).public_bytes(Encoding.DER))
    der[-1] ^= 1
    body = base64.encodebytes(bytes(der)).decode()
    head = "CERTIFICATE REQUEST"
    return f"-----BEGIN {head}-----\n{body}-----END {head}-----\n"
