"""Signs OCMF and Alfen records with throw-away keys, as a meter would."""

import base64
import json
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

METER_NUMBER = "1TST0012345678"


class Meter:
    """A meter with a key of its own on a curve of `cryptography`."""

    def __init__(self, curve: type[ec.EllipticCurve] = ec.SECP256R1) -> None:
        self.private_key = ec.generate_private_key(curve())
        self.algorithm = f"ECDSA-{curve.name.replace('brainpoolP', 'brainpool')}-SHA256"

    @property
    def public_key(self) -> str:
        """DER in capital hex digits."""
        return (
            self.private_key.public_key()
            .public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            .hex()
            .upper()
        )

    @property
    def compressed_key(self) -> bytes:
        return self.private_key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint
        )

    def sign(self, data: bytes) -> bytes:
        """Return the DER signature."""
        return self.private_key.sign(data, ec.ECDSA(hashes.SHA256()))

    def sign_payload(self, payload: str, **seal: Any) -> str:
        """Return the OCMF record of a payload text; None in `seal` leaves a field out."""
        fields = {"SA": self.algorithm, "SD": self.sign(payload.encode()).hex()} | seal
        kept = {name: value for name, value in fields.items() if value is not None}
        return f"OCMF|{payload}|{json.dumps(kept)}"

    def record(self, *readings: dict[str, Any], **fields: Any) -> str:
        """Return the OCMF record with these readings; None in `fields` leaves a field out."""
        payload = {
            "FV": "1.0",
            "GI": "TestGateway",
            "GS": METER_NUMBER,
            "PG": "T100",
            "MS": METER_NUMBER,
            "IS": True,
            "IL": "VERIFIED",
            "IT": "ISO14443",
            "ID": "04A2B3C4D5E680",
            "RD": list(readings),
        } | fields
        kept = {name: value for name, value in payload.items() if value is not None}
        return self.sign_payload(json.dumps(kept))

    def alfen_record(self, kind: str, data: bytes) -> str:
        """Return Alfen's record of a data set of 82 octets."""
        r, s = decode_dss_signature(self.sign(data))
        parts = (self.compressed_key, data, r.to_bytes(24, "big") + s.to_bytes(24, "big"))
        return f"AP;{kind};3;{';'.join(base64.b32encode(part).decode() for part in parts)};"


def reading(reason: str | None, value: Any, **fields: Any) -> dict[str, Any]:
    """Return one reading of the import register; None in `fields` leaves a field out."""
    minute = "00" if reason == "B" else "30"
    content = {
        "TM": f"2026-03-02T08:{minute}:00,000+0100 S",
        "TX": reason,
        "RV": value,
        "RI": "1-b:1.8.0",
        "RU": "kWh",
        "EF": "",
        "ST": "G",
    } | fields
    return {name: field for name, field in content.items() if field is not None}


def alfen_data(value: int, page: int, /, **changes: bytes) -> bytes:
    """Return a data set; `changes`: status, unit, obis, session, meter, ..."""
    fields = {
        "adapter": bytes.fromhex("0A546573744465760011") + b"v013" + bytes(2),
        "meter": bytes.fromhex("0A01445A470033000140"),
        "status": bytes(4),
        "second": bytes(4),
        "time": (1_700_000_000 + page).to_bytes(4, "little"),
        "obis": bytes.fromhex("0100010800FF"),
        "unit": b"\x1e",
        "scale": b"\0",
        "value": value.to_bytes(8, "little", signed=True),
        "uid": b"04A2B3C4D5E680".ljust(20, b"\0"),
        "session": (18).to_bytes(4, "little"),
        "page": page.to_bytes(4, "little"),
    } | changes
    return b"".join(fields.values())
