"""Meters of the demo that sign: keys made from the instance's secret, records as OCMF."""

import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils.crypto import salted_hmac

from apps.charge_records.demo.visits import Visit
from apps.charge_records.models import ChargingSession
from apps.infrastructure.models import ChargePoint, Station

ALGORITHM = "ECDSA-secp256r1-SHA256"
END_REASONS = {"Local": "L", "Remote": "R", "PowerLoss": "P"}
# Of a hundred sessions: a digit changed on its way, the end's record lost.
TAMPERED_PERCENT, WITHOUT_END_PERCENT = 2, 1


class Signing(StrEnum):
    """How the meters of a station sign; the words stand in `fixtures/demo.json`."""

    NONE = ""
    SIGNS = "signs"
    # The meter was changed and master data still have the old one's number and key.
    SWAPPED = "swapped"
    # Master data have a key, yet nothing signed comes.
    SILENT = "silent"
    # The record of the end never comes.
    WITHOUT_END = "without_end"


@dataclass(frozen=True, slots=True)
class DemoMeter:
    """A meter as it hangs there, whatever master data say."""

    number: str
    key: ec.EllipticCurvePrivateKey

    @property
    def public_key(self) -> str:
        """SubjectPublicKeyInfo in capital hex digits."""
        octets = self.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return octets.hex().upper()

    @property
    def private_hex(self) -> str:
        return f"{self.key.private_numbers().private_value:x}"


def demo_meter(point: ChargePoint, number: str, *, generation: int = 0) -> DemoMeter:
    """Return the meter of a charge point; the next generation has another number and key."""
    secret = salted_hmac("demo meter", f"{point.charge_port_id} {generation}", algorithm="sha256")
    # A number below the order of the curve, and not zero.
    value = int.from_bytes(secret.digest(), "big") % (2**255) + 1
    key = ec.derive_private_key(value, ec.SECP256R1())
    return DemoMeter(f"{generation + 1}{number[1:]}", key)


def hanging_meter(signing: Signing, point: ChargePoint, number: str) -> DemoMeter:
    """Return the meter that hangs there now; `number`: of the newest in master data."""
    return demo_meter(point, number, generation=int(signing is Signing.SWAPPED))


def meters_of(signing: Signing, station: Station) -> dict[str, dict[str, Any]]:
    """Return the signing meters of a station by connector, in the simulator's words."""
    is_spoilt = signing in (Signing.SILENT, Signing.WITHOUT_END)
    found = {}
    for point in station.charge_points.all() if signing is not Signing.NONE else []:
        known = point.meters.order_by("-valid_from", "-pk").first()
        meter = hanging_meter(signing, point, known.meter_number if known else "1")
        found[str(point.number)] = {
            "number": meter.number,
            "private_key": meter.private_hex,
            "fault": signing.value if is_spoilt else "",
            # A swapped meter names its key, so that somebody can confirm it.
            "wrapping": "oca" if signing is Signing.SWAPPED else "plain",
            "offers_key": signing is Signing.SWAPPED,
        }
    return found


def sign_visit(meter: DemoMeter, session: ChargingSession, visit: Visit, *, page: int) -> str:
    """Return the record of a visit; now and then it is spoilt on its way."""
    lot = random.Random(f"signing {meter.number} {page}").randrange(100)
    assert session.meter_stop_wh is not None
    reason = END_REASONS.get(visit.reason, "E")
    readings = [reading("B", visit.start, session.meter_start_wh)]
    if lot >= WITHOUT_END_PERCENT:
        readings.append(reading(reason, visit.end, session.meter_stop_wh))
    payload = {
        "FV": "1.0",
        "GI": "Simulated gateway",
        "GS": meter.number,
        "PG": f"T{page}",
        "MV": "Simulated",
        "MS": meter.number,
        "IS": True,
        "IL": "VERIFIED",
        "IF": ["RFID_PLAIN", "OCPP_RS_TLS"],
        "IT": "ISO14443" if len(session.id_tag) == 14 else "CENTRAL",
        "ID": session.id_tag,
        "RD": readings,
    }
    text = json.dumps(payload, separators=(",", ":"))
    signature = meter.key.sign(text.encode(), ec.ECDSA(hashes.SHA256())).hex().upper()
    if 100 - lot <= TAMPERED_PERCENT:
        readings[-1]["RV"] += 1_000
        text = json.dumps(payload, separators=(",", ":"))
    return f'OCMF|{text}|{{"SA":"{ALGORITHM}","SD":"{signature}"}}'


def reading(reason: str, at: datetime, register_wh: int) -> dict[str, Any]:
    """Return one reading of OCMF."""
    at = at.astimezone(UTC)
    return {
        "TM": f"{at:%Y-%m-%dT%H:%M:%S},{at.microsecond // 1000:03d}+0000 S",
        "TX": reason,
        "RV": register_wh,
        "RI": "1-b:1.8.0",
        "RU": "Wh",
        "RT": "AC",
        "EF": "",
        "ST": "G",
    }
