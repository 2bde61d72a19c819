"""What a signed record says, whatever its format; OCMF and Alfen both become these."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256

from apps.charge_records.domain.ocmf.curves import Curve
from apps.charge_records.domain.ocmf.der import Signature
from apps.charge_records.domain.ocmf.registers import Register
from apps.charge_records.domain.signed_formats import SignedFormat

# Margins are no part of a record; what stands between the pipes is never touched.
RECORD_MARGIN = " \t\r\n\ufeff\0"

# Units that are energy, in Wh (OCMF, table 20).
_ENERGY_UNITS = {"wh": Decimal(1), "kwh": Decimal(1000)}
# OCMF, table 7, TX.
BEGIN_REASON = "B"
END_REASONS = frozenset("ELRAP")
EXCEPTION_REASON = "X"


class MalformedRecordError(ValueError):
    """The text is no record of its format."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One reading of a register, with what it inherits from the reading before.

    `reason`: OCMF's TX, its own or (`is_reason_inherited`) the one before's. `at`: in the meter's
    own offset, None where `at_text` is no time of OCMF. `time_status`: U, I, S, R or empty.
    `value`: in `unit`; None where it is no number. `status`: OCMF's ST, G is good.
    """

    reason: str
    is_reason_inherited: bool
    at: datetime | None
    at_text: str
    time_status: str
    value: Decimal | None
    unit: str
    register: Register | None
    register_text: str
    status: str
    error_flags: str

    @property
    def is_begin(self) -> bool:
        return self.reason == BEGIN_REASON

    @property
    def is_end(self) -> bool:
        return self.reason in END_REASONS

    @property
    def energy_wh(self) -> Decimal | None:
        """The value in Wh; None without a number or with a unit that is no energy."""
        factor = _ENERGY_UNITS.get(self.unit.strip().lower())
        return None if factor is None or self.value is None else self.value * factor

    @property
    def last_digit_wh(self) -> Decimal:
        """What one step of the last digit shown is worth, in Wh; zero where there is no energy."""
        factor = _ENERGY_UNITS.get(self.unit.strip().lower())
        if factor is None or self.value is None:
            return Decimal(0)
        exponent = self.value.as_tuple().exponent
        return factor.scaleb(min(exponent, 0)) if isinstance(exponent, int) else Decimal(0)


@dataclass(frozen=True, slots=True)
class Page:
    """Pagination: `context` T for transactions, F for fiscal readings."""

    context: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One signed record. `signed`: the very octets the signature stands for.

    `curve`: None where the algorithm is none of OCMF's; `signature`: None where it cannot be read.
    `identification_level`: OCMF's IL (before 0.5: IS). `session_reference`: number of the
    transaction within the meter, where the format has one. `embedded_key`: the key that came
    inside the record, never trusted by itself.
    """

    format: SignedFormat
    text: str
    signed: bytes
    version: str
    is_version_supported: bool
    algorithm: str
    curve: Curve | None
    signature: Signature | None
    readings: tuple[Reading, ...]
    page: Page | None
    gateway_serial: str = ""
    meter_serial: str = ""
    is_identified: bool = False
    identification_level: str = ""
    identification_type: str = ""
    identification: str = ""
    session_reference: str = ""
    embedded_key: str = ""
    has_extra_section: bool = False


def record_fingerprint(text: str) -> str:
    """Return the SHA-256 of a record text without its margins, hex: tells records used twice."""
    return sha256(text.strip(RECORD_MARGIN).encode("utf-8", "surrogatepass")).hexdigest()


def distinct_texts(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return each record text once, in order of arrival; margins make no difference."""
    return tuple({text.strip(RECORD_MARGIN): text for text in reversed(texts)}.values())[::-1]
