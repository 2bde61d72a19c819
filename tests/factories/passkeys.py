"""A passkey in software: answers a challenge as a browser with an authenticator does."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

FLAG = AuthenticatorData.FLAG


@dataclass
class SoftPasskey:
    """One key pair of an account at one origin; `count` goes up with each use."""

    origin: str
    is_verifying: bool = True
    count: int = 0
    handle: str = ""
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @property
    def flags(self) -> Any:
        return FLAG.UP | (FLAG.UV if self.is_verifying else 0)

    def make(self, options: dict[str, Any]) -> str:
        """Return the answer to the options for a new passkey, as the form carries it."""
        asked = options["publicKey"]
        self.handle = asked["user"]["id"]
        public = ES256.from_cryptography_key(self.key.public_key())
        data = AuthenticatorData.create(
            hash_of(asked["rp"]["id"]),
            self.flags | FLAG.AT,
            self.count,
            AttestedCredentialData.create(Aaguid.NONE, self.credential_id, public),
        )
        client = self.client_data(CollectedClientData.TYPE.CREATE, asked["challenge"])
        made = AttestationObject.create("none", data, {})
        response = {
            "clientDataJSON": websafe_encode(client),
            "attestationObject": websafe_encode(made),
        }
        return self.answer(response)

    def use(self, options: dict[str, Any]) -> str:
        """Return the answer to the options for a log-in, as the form carries it."""
        asked = options["publicKey"]
        self.count += 1
        data = AuthenticatorData.create(hash_of(asked["rpId"]), self.flags, self.count)
        client = self.client_data(CollectedClientData.TYPE.GET, asked["challenge"])
        signature = self.key.sign(data + client.hash, ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": websafe_encode(client),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signature),
            "userHandle": self.handle,
        }
        return self.answer(response)

    def client_data(self, kind: str, challenge: str) -> CollectedClientData:
        return CollectedClientData.create(kind, websafe_decode(challenge), self.origin)

    def answer(self, response: dict[str, Any]) -> str:
        own_id = websafe_encode(self.credential_id)
        credential = {
            "id": own_id,
            "rawId": own_id,
            "type": "public-key",
            "clientExtensionResults": {},
            "response": response,
        }
        return json.dumps(credential)


def hash_of(host: str) -> bytes:
    return hashlib.sha256(host.encode()).digest()
