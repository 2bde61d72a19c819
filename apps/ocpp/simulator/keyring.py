"""Keys and certificates of a simulated charger (security white paper, use cases A02 and A03)."""

import hashlib
import ssl
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from apps.ocpp.simulator.frames import Payload

Encoding, Format = serialization.Encoding, serialization.PublicFormat


@dataclass
class Keyring:
    """The key of the request that is open, the chain in use with its key, installed roots."""

    asked: ec.EllipticCurvePrivateKey | None = None
    key: ec.EllipticCurvePrivateKey | None = None
    chain: str = ""
    # By kind ("CentralSystemRootCertificate", ...), each root once.
    roots: dict[str, dict[str, x509.Certificate]] = field(default_factory=dict)

    def request(self, operator: str, name: str) -> str:
        """Return a request (PEM) for a new key, with the operator as O and the name as CN."""
        self.asked = ec.generate_private_key(ec.SECP256R1())
        names = [(NameOID.ORGANIZATION_NAME, operator), (NameOID.COMMON_NAME, name)]
        subject = x509.Name([x509.NameAttribute(oid, value) for oid, value in names if value])
        builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
        return builder.sign(self.asked, hashes.SHA256()).public_bytes(Encoding.PEM).decode()

    def take(self, chain: str) -> bool:
        """Use the chain from the next connect on; False where it is not for the key we asked for.

        Source: use case A02, in which the station checks what it gets.
        """
        try:
            own = x509.load_pem_x509_certificates(chain.encode())[0]
        except ValueError:
            return False
        if self.asked is None or spki(own.public_key()) != spki(self.asked.public_key()):
            return False
        self.key, self.asked, self.chain = self.asked, None, chain
        return True

    def context(self, make: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
        """Return a context for one connect, with our certificate where we have one."""
        context = make()
        if self.key is not None:
            # The library reads certificates from files only.
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "own.pem"
                path.touch(mode=0o600)
                path.write_bytes(private_text(self.key) + self.chain.encode())
                context.load_cert_chain(path)
        return context

    def install(self, kind: str, text: str) -> bool:
        """Keep a root; False for what is no certificate."""
        try:
            root = x509.load_pem_x509_certificate(text.encode())
        except ValueError:
            return False
        self.roots.setdefault(kind, {})[root.fingerprint(hashes.SHA256()).hex()] = root
        return True

    def installed(self, kind: str) -> list[Payload]:
        """Return what the protocol calls CertificateHashData, for each root of the kind."""
        return [hash_data(root) for root in self.roots.get(kind, {}).values()]

    def delete(self, wanted: Payload) -> bool:
        """Forget the root that has these hashes; False where there is none."""
        for roots in self.roots.values():
            for name, root in list(roots.items()):
                if hash_data(root) == wanted:
                    del roots[name]
                    return True
        return False


def hash_data(root: x509.Certificate) -> Payload:
    """Return issuer and number of a self-signed root as RFC 6960, 4.1.1 has them."""
    public = root.public_key()
    # What stands in the BIT STRING of the key, without its head.
    bits = (
        public.public_bytes(Encoding.X962, Format.UncompressedPoint)
        if isinstance(public, ec.EllipticCurvePublicKey)
        else public.public_bytes(Encoding.DER, Format.PKCS1)
    )
    return {
        "hashAlgorithm": "SHA256",
        "issuerNameHash": hashlib.sha256(root.issuer.public_bytes()).hexdigest(),
        "issuerKeyHash": hashlib.sha256(bits).hexdigest(),
        "serialNumber": f"{root.serial_number:x}",
    }


def spki(key: object) -> bytes:
    """Return a public key as DER."""
    return key.public_bytes(Encoding.DER, Format.SubjectPublicKeyInfo)  # type: ignore[attr-defined, no-any-return]


def private_text(key: ec.EllipticCurvePrivateKey) -> bytes:
    clear = serialization.NoEncryption()
    return key.private_bytes(Encoding.PEM, serialization.PrivateFormat.PKCS8, clear)
