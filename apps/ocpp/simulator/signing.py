"""A meter that signs what it reads, as OCMF 1.0; the charger only carries its records.

What may go wrong is chosen per meter (`Fault`). A wrong key and a swapped meter need no fault: the
central system then knows another key or number than this meter has.
"""

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from apps.ocpp.simulator.clock import to_text
from apps.ocpp.simulator.readings import Reading

CURVES: dict[str, type[ec.EllipticCurve]] = {
    "secp192r1": ec.SECP192R1,
    "secp256r1": ec.SECP256R1,
    "secp256k1": ec.SECP256K1,
    "secp384r1": ec.SECP384R1,
    "brainpool256r1": ec.BrainpoolP256R1,
    "brainpool384r1": ec.BrainpoolP384R1,
}
HEX = frozenset("0123456789ABCDEFabcdef")
UID_LENGTHS = (8, 14, 20)
BEGIN, END = "B", "E"


class Fault(StrEnum):
    """What the charger does to the records of its meter."""

    NONE = ""
    # A digit of the end reading is another than the one that was signed.
    TAMPERED = "tampered"
    # The record of the end is lost.
    WITHOUT_END = "without_end"
    # No signed value is sent at all.
    SILENT = "silent"


class Wrapping(StrEnum):
    """How a record stands in a sampled value: by the OCA note of 2025, and as is usual."""

    PLAIN = "plain"
    BASE64 = "base64"
    HEX = "hex"
    OCA = "oca"


def new_private_key(curve: str = "secp256r1") -> str:
    """Return the private number of a new key as hex digits."""
    return f"{ec.generate_private_key(CURVES[curve]()).private_numbers().private_value:x}"


@dataclass(slots=True)
class SigningMeter:
    """`private_key`: the number as hex digits. `offers_key`: the public key goes along."""

    number: str
    private_key: str
    curve: str = "secp256r1"
    fault: Fault = Fault.NONE
    wrapping: Wrapping = Wrapping.PLAIN
    offers_key: bool = False
    page: int = 0
    _key: ec.EllipticCurvePrivateKey = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._key = ec.derive_private_key(int(self.private_key, 16), CURVES[self.curve]())

    @property
    def verifying_key(self) -> ec.EllipticCurvePublicKey:
        return self._key.public_key()

    @property
    def public_key(self) -> str:
        """SubjectPublicKeyInfo in capital hex digits."""
        octets = self.verifying_key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return octets.hex().upper()

    def reading(self, shown: Reading, reason: str) -> dict[str, Any]:
        """Return one reading of OCMF; the clock is synchronised."""
        at = shown.at.astimezone(UTC)
        return {
            "TM": f"{at:%Y-%m-%dT%H:%M:%S},{at.microsecond // 1000:03d}+0000 S",
            "TX": reason,
            "RV": shown.register_wh,
            "RI": "1-b:1.8.0",
            "RU": "Wh",
            "RT": "AC",
            "EF": "",
            "ST": "G",
        }

    def record(self, id_tag: str, *readings: dict[str, Any]) -> str:
        """Return the signed record of these readings; each has the next page."""
        self.page += 1
        is_card = len(id_tag) in UID_LENGTHS and HEX.issuperset(id_tag)
        payload = json.dumps(
            {
                "FV": "1.0",
                "GI": "Simulated gateway",
                "GS": self.number,
                "PG": f"T{self.page}",
                "MV": "Simulated",
                "MS": self.number,
                "IS": True,
                "IL": "VERIFIED",
                "IF": ["RFID_PLAIN", "OCPP_RS_TLS"],
                "IT": "ISO14443" if is_card else "CENTRAL",
                "ID": id_tag,
                "RD": list(readings),
            },
            separators=(",", ":"),
        )
        signature = self._key.sign(payload.encode(), ec.ECDSA(hashes.SHA256()))
        seal = {"SA": f"ECDSA-{self.curve}-SHA256", "SD": signature.hex().upper()}
        return f"OCMF|{payload}|{json.dumps(seal, separators=(',', ':'))}"

    def tamper(self, record: str) -> str:
        """Return the record with 1 kWh more at its end, as a cheat would."""
        head, payload, seal = record.split("|")
        content = json.loads(payload)
        content["RD"][-1]["RV"] += 1000
        return "|".join((head, json.dumps(content, separators=(",", ":")), seal))

    def entry(self, record: str, at: datetime, context: str) -> dict[str, Any]:
        """Return the `meterValue` entry that carries a record."""
        value = {
            "value": self._wrapped(record),
            "format": "SignedData",
            "context": context,
            "measurand": "Energy.Active.Import.Register",
            "location": "Outlet",
        }
        return {"timestamp": to_text(at), "sampledValue": [value]}

    def _wrapped(self, record: str) -> str:
        match self.wrapping:
            case Wrapping.BASE64:
                return _base64(record.encode())
            case Wrapping.HEX:
                return record.encode().hex()
            case Wrapping.OCA:
                key = _base64(bytes.fromhex(self.public_key)) if self.offers_key else ""
                return json.dumps(
                    {
                        "signedMeterData": _base64(record.encode()),
                        "signingMethod": "",
                        "encodingMethod": "OCMF",
                        "publicKey": key,
                    }
                )
        return record


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
