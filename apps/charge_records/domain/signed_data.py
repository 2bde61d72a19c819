"""Signed records and offered keys out of OCPP messages, in every shape of DOMAIN 1.2.

Read are StopTransaction and MeterValues of OCPP 1.6 and TransactionEvent and MeterValues of 2.0.1.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apps.charge_records.domain.calibration import read_record
from apps.charge_records.domain.ocmf.keys import KeyNotReadableError, PublicKey, read_key
from apps.charge_records.domain.ocmf.records import RECORD_MARGIN, MalformedRecordError
from apps.charge_records.domain.signed_formats import SignedFormat, recognise

# OCPP 1.6, 7.47 (ValueFormat).
SIGNED_DATA = "SignedData"
# Ours: a record of 64 kB in hex, in base64 and in JSON is still read.
VALUE_MAX = 256 * 1024
# Base64 of a JSON wrapper around base64 or hex takes four; no charger nests deeper.
_LAYERS_MAX = 5
# OCA application note "Signed Meter Values in OCPP", and the name used before it.
_DATA_FIELDS = ("signedMeterData", "signedMeterValue")
_GROUP_FIELDS = ("transactionData", "meterValue")
_VALUE_FIELDS = ("sampledValue", "values", "value")

_HEX = re.compile(r"(?:0x)?((?:[0-9A-Fa-f]{2})+)")
_BASE64 = re.compile(r"[0-9A-Za-z+/_-]+={0,2}")
_NUMBER = re.compile(r"\s*[+-]?[0-9]*[.,]?[0-9]*(?:[eE][+-]?[0-9]+)?\s*")
_BLANK = re.compile(r"\s+")
_SML_START = bytes.fromhex("1B1B1B1B01010101")


@dataclass(frozen=True, slots=True)
class SignedRecord:
    """A record as text (binary SML: as hex). Between its pipes nothing was touched."""

    text: str
    format: SignedFormat


@dataclass(frozen=True, slots=True)
class SignedData:
    """`records`: each once, begin before end. `offered_keys`: what came along with them; an
    operator confirms a key before it is trusted.
    """

    records: tuple[SignedRecord, ...] = ()
    offered_keys: tuple[PublicKey, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(record.text for record in self.records)

    @property
    def format(self) -> SignedFormat | None:
        """The format of the records (of the first, should they differ); None without any."""
        return self.records[0].format if self.records else None


def collect_signed_data(payloads: Iterable[Mapping[str, Any]]) -> SignedData:
    """Return what is signed in the payloads of one transaction's messages, in order of arrival."""
    return merge_signed_data(
        read_value(value, is_signed=is_signed)
        for payload in payloads
        for value, is_signed in _values(payload)
    )


def merge_signed_data(parts: Iterable[SignedData]) -> SignedData:
    """Return all parts as one, each record and key once, sorted by what the records say."""
    records: dict[str, SignedRecord] = {}
    keys: dict[PublicKey, None] = {}
    for part in parts:
        for record in part.records:
            records.setdefault(record.text.strip(RECORD_MARGIN), record)
        keys.update(dict.fromkeys(part.offered_keys))
    return SignedData(tuple(sorted(records.values(), key=_phase)), tuple(keys))


def read_value(value: Any, *, is_signed: bool) -> SignedData:
    """Return the record and the key in one sampled value, text or (OCPP 2.0.1) object.

    `is_signed`: the charger said so; then text that nothing recognises is kept as UNKNOWN. Without
    that only known beginnings count, since records also come as Raw.
    """
    if isinstance(value, str) and len(value) > VALUE_MAX:
        return SignedData()
    record, keys = _unwrap(value, _LAYERS_MAX)
    if record is None and is_signed:
        kept = value if isinstance(value, str) else _inner_text(value)
        if kept.strip(RECORD_MARGIN) and not _NUMBER.fullmatch(kept):
            record = SignedRecord(kept, SignedFormat.UNKNOWN)
    return SignedData((record,) if record else (), keys if record else ())


def is_signed_value(*, raw_value: str, form: str, is_number: bool) -> bool:
    """Tell whether a sampled value of OCPP 1.6 is to be kept as signed.

    The charger said so (`form`), or it holds a record all the same: some send them as Raw.
    """
    if form == SIGNED_DATA:
        return True
    return not is_number and bool(read_value(raw_value, is_signed=False).records)


def _values(payload: Mapping[str, Any]) -> Iterator[tuple[Any, bool]]:
    """Yield every sampled value of a message with whether it is said to be signed."""
    for name in _GROUP_FIELDS:
        for group in _listed(payload.get(name)):
            if not isinstance(group, dict):
                continue
            content = next((group[field] for field in _VALUE_FIELDS if field in group), None)
            for item in _listed(content):
                yield from _signed_parts(item)


def _signed_parts(item: Any) -> Iterator[tuple[Any, bool]]:
    if not isinstance(item, dict):
        yield item, False
        return
    if item.get("signedMeterValue"):
        yield item["signedMeterValue"], True
    yield item.get("value"), item.get("format") == SIGNED_DATA


def _listed(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _unwrap(value: Any, layers: int) -> tuple[SignedRecord | None, tuple[PublicKey, ...]]:
    """Take off JSON, hex and base64 until a known beginning shows; (None, ()) where none does."""
    if layers == 0:
        return None, ()
    if isinstance(value, dict):
        record, keys = _unwrap(_inner_text(value), layers - 1)
        return record, (*_keys(value.get("publicKey")), *keys)
    if not isinstance(value, str):
        return None, ()
    form = recognise(value)
    if form is not None:
        return SignedRecord(value, form), ()
    if value.lstrip().startswith("{"):
        wrapper = _json_object(value)
        return _unwrap(wrapper, layers - 1) if wrapper is not None else (None, ())
    for text in _decoded(value):
        record, keys = _unwrap(text, layers - 1)
        if record is not None:
            return record, keys
    return None, ()


def _inner_text(wrapper: Any) -> str:
    if not isinstance(wrapper, dict):
        return ""
    inner = next((wrapper[name] for name in _DATA_FIELDS if wrapper.get(name)), "")
    return inner if isinstance(inner, str) else ""


def _json_object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _decoded(text: str) -> Iterator[str]:
    """Yield the text as read from hex and from base64; binary SML comes as hex."""
    plain = _BLANK.sub("", text)
    if found := _HEX.fullmatch(plain):
        yield from _as_text(bytes.fromhex(found[1]))
    if _BASE64.fullmatch(plain):
        bare = plain.rstrip("=").translate(str.maketrans("-_", "+/"))
        try:
            yield from _as_text(base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True))
        except binascii.Error:
            return


def _as_text(octets: bytes) -> Iterator[str]:
    if octets.startswith(_SML_START):
        yield octets.hex()
        return
    try:
        yield octets.rstrip(b"\0").decode()
    except UnicodeDecodeError:
        return


def _keys(text: Any) -> tuple[PublicKey, ...]:
    if not isinstance(text, str) or not text.strip():
        return ()
    try:
        return (read_key(text),)
    except KeyNotReadableError:
        return ()


def _phase(signed: SignedRecord) -> int:
    """Sort key: records with a begin, those in between (or not read), those with only an end."""
    try:
        readings = read_record(signed.text).readings
    except MalformedRecordError:
        return 1
    if any(reading.is_begin for reading in readings):
        return 0
    return 2 if any(reading.is_end for reading in readings) else 1
