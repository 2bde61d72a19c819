"""What a charger tells us, whatever version of OCPP it speaks.

Energy is in Wh, power in W, times are aware and in UTC. Where a value was normalised, the text as
sent stays in a `..._raw` field. `flags` says what had to be forgiven, e.g. "time_unparsable",
"enum_unknown:reason", "too_long:idTag". Whole numbers fit into 64 bits, connectors into 16; no text
holds NUL. The raw message keeps what was cut at the limits below.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

# Ours: wide enough for every word of OCPP (status, reason, measurand, unit, ...; the longest has
# 33 letters), so that a column can hold what was sent instead.
WORD_MAX = 64
# Ours: all other texts but vendor data, certificate requests and raw values.
TEXT_MAX = 255
# The widest connector number: the narrowest integer of the database.
CONNECTOR_MAX = 32767


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all events."""

    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One measured value. `value` is None where `raw_value` is no number (or is signed data).

    `measurand`, `context`, `location`, `phase`, `format` keep the OCPP words as sent, with the
    protocol's defaults filled in (Energy.Active.Import.Register, Sample.Periodic, Outlet, Raw;
    phase has no default). `unit`: kWh, kvarh, kW, kVA, kvar come as Wh, varh, W, VA, var.
    `at_raw` is empty where the charger sent no time; `at` is then the time of receipt.
    """

    at: datetime
    measurand: str
    value: Decimal | None
    unit: str
    phase: str | None
    context: str
    location: str
    format: str
    raw_value: str
    at_raw: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StationBooted(Event):
    """The controller started. Texts are empty where nothing was sent."""

    vendor: str
    model: str
    serial_number: str
    charge_point_serial_number: str
    firmware_version: str
    iccid: str
    imsi: str
    meter_type: str
    meter_serial_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatReceived(Event):
    """A sign of life, asking for the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReported(Event):
    """State of a connector; connector 0 is the whole station. `status` is the word as sent."""

    connector: int
    status: str
    error_code: str
    info: str
    vendor_id: str
    vendor_error_code: str
    at: datetime | None
    at_raw: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequested(Event):
    """May this medium charge here? `id_tag` as sent, case kept."""

    id_tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionStarted(Event):
    """Energy may flow. `at` is the charger's time (time of receipt where unusable, flagged)."""

    connector: int
    id_tag: str
    meter_start_wh: int
    at: datetime
    reservation_id: int | None
    at_raw: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionEnded(Event):
    """The transaction is over. `transaction_id` is None where null or no usable number was sent."""

    transaction_id: int | None
    id_tag: str | None
    meter_stop_wh: int
    at: datetime
    reason: str | None
    samples: tuple[Sample, ...]
    at_raw: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterSampled(Event):
    """Meter values, samples sorted by time; connector 0 is the meter of the whole station."""

    connector: int
    transaction_id: int | None
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmwareReported(Event):
    """Progress of a firmware update. `request_id` only with a signed update."""

    status: str
    request_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosticsReported(Event):
    """Progress of an upload of diagnostics (or of a log, then with its `request_id`)."""

    status: str
    request_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataReceived(Event):
    """A vendor's own message. `data`: text; anything else that was sent comes as JSON text."""

    vendor_id: str
    message_id: str
    data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityEventReported(Event):
    """An event of the security log, `type` as in the OCPP 1.6 security white paper, appendix 1."""

    type: str
    tech_info: str
    at: datetime | None
    at_raw: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRequested(Event):
    """The station asks us to sign its certificate request (PEM)."""

    csr: str
