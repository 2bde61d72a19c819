"""OCMF 0.1 to 1.4: the text of a record to what it says (OCMF specification, tables 1 to 7, 23)."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

from apps.charge_records.domain.ocmf.curves import DEFAULT_ALGORITHM, curve_of_algorithm
from apps.charge_records.domain.ocmf.der import DerError, Signature, read_signature
from apps.charge_records.domain.ocmf.records import (
    RECORD_MARGIN,
    MalformedRecordError,
    Page,
    Reading,
    Record,
)
from apps.charge_records.domain.ocmf.registers import billing_register
from apps.charge_records.domain.signed_formats import SignedFormat

# Ours: real records stay below 5 kB, also with a certificate inside.
RECORD_MAX = 64 * 1024
FIRST_VERSION, LAST_VERSION = (0, 1), (1, 4)
# Ours: no meter shows more; keeps every sum within the 28 digits of Decimal.
_VALUE_LIMIT = Decimal(10) ** 15
_VALUE_PLACES = 12
# Clocks that were never set start in 1970; other years could not be brought to UTC everywhere.
_YEARS = range(1970, 9999)

_VERSION = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,3}))?")
_PAGE = re.compile(r"([A-Z])([0-9]{1,18})")
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{0,40})?(?:[eE][+-]?[0-9]{1,3})?")
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2}),([0-9]{3})"
    r"([+-])([0-9]{2})([0-9]{2})"
)
_TIME_STATES = frozenset("UISR")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_BLANK = re.compile(r"\s+")
# What a reading takes over from the one before where it leaves it out (OCMF, "Readings").
_INHERITED = ("TM", "TX", "RV", "RI", "RU", "EF", "ST")

_Json = dict[str, Any]


def parse_ocmf(text: str) -> Record:
    """Return the record in a text; MalformedRecordError where it is none.

    `OCMF|payload|signature`, then perhaps a key. What is signed are the octets between the first
    and the second pipe as they came.
    """
    if len(text) > RECORD_MAX:
        raise MalformedRecordError("too long")
    sections = text.strip(RECORD_MARGIN).split("|")
    if len(sections) not in (3, 4) or sections[0] != "OCMF":
        raise MalformedRecordError("not three sections")
    payload, seal = _object(sections[1]), _object(sections[2])
    try:
        signed = sections[1].encode()
    except UnicodeEncodeError as error:
        raise MalformedRecordError("not encodable") from error
    if not isinstance(seal.get("SD"), str) or not seal["SD"]:
        raise MalformedRecordError("no signature")
    algorithm = _text(seal, "SA") or DEFAULT_ALGORITHM
    status = payload.get("IS")
    return Record(
        format=SignedFormat.OCMF,
        text=text,
        signed=signed,
        version=_text(payload, "FV"),
        is_version_supported=_is_version_supported(_text(payload, "FV")),
        algorithm=algorithm,
        curve=curve_of_algorithm(algorithm),
        signature=_signature(seal),
        readings=tuple(_readings(payload.get("RD"))),
        page=_page(_text(payload, "PG")),
        gateway_serial=_text(payload, "GS"),
        meter_serial=_text(payload, "MS"),
        is_identified=status is True or _is_level_of_identified(status),
        identification_level=(
            _text(payload, "IL") or (status if isinstance(status, str) else "")
        ).strip(),
        identification_type=_text(payload, "IT").strip(),
        identification=_text(payload, "ID").strip(),
        embedded_key=sections[3] if len(sections) == 4 else "",
        has_extra_section=len(sections) == 4,
    )


def _object(text: str) -> _Json:
    """Return a JSON object with every number as the Decimal of its own digits."""
    try:
        value = json.loads(
            text, parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse_constant
        )
    except (ValueError, InvalidOperation, RecursionError) as error:
        raise MalformedRecordError("not JSON") from error
    if not isinstance(value, dict):
        raise MalformedRecordError("not an object")
    return value


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


def _text(fields: _Json, name: str) -> str:
    """Return a field as text, numbers as they were written; empty where there is neither."""
    value = fields.get(name)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, Decimal) else ""


def _is_version_supported(version: str) -> bool:
    found = _VERSION.fullmatch(version.strip())
    if found is None:
        return False
    return FIRST_VERSION <= (int(found[1]), int(found[2] or 0)) <= LAST_VERSION


def _is_level_of_identified(status: Any) -> bool:
    """Before 0.5 IS held the level itself."""
    return isinstance(status, str) and status.strip().upper() not in ("", "NONE")


def _signature(seal: _Json) -> Signature | None:
    """Return the signature; None where it cannot be read in the encoding it claims to have."""
    sent = _BLANK.sub("", seal["SD"])
    encoding = (_text(seal, "SE") or "hex").strip().lower()
    try:
        if encoding == "base64":
            return read_signature(base64.b64decode(sent, validate=True))
        if encoding == "hex" and _HEX.fullmatch(sent):
            return read_signature(bytes.fromhex(sent))
    except (DerError, ValueError, binascii.Error):
        return None
    return None


def _page(text: str) -> Page | None:
    found = _PAGE.fullmatch(text.strip().upper())
    return Page(found[1], int(found[2])) if found else None


def _readings(items: Any) -> Iterator[Reading]:
    if not isinstance(items, list):
        return
    fields: _Json = {}
    for item in items:
        if not isinstance(item, dict):
            raise MalformedRecordError("a reading is no object")
        own = {name: item[name] for name in _INHERITED if item.get(name) is not None}
        fields = fields | own
        yield _reading(fields, is_reason_inherited="TX" not in own)


def _reading(fields: _Json, *, is_reason_inherited: bool) -> Reading:
    at_text, _, state = _text(fields, "TM").strip().partition(" ")
    state = state.strip().upper()
    code = _text(fields, "RI").strip()
    return Reading(
        reason=_text(fields, "TX").strip(),
        is_reason_inherited=is_reason_inherited,
        at=_time(at_text),
        at_text=at_text,
        time_status=state if state in _TIME_STATES else "",
        value=_number(_text(fields, "RV").strip()),
        unit=_text(fields, "RU").strip(),
        register=billing_register(code),
        register_text=code,
        status=_text(fields, "ST").strip(),
        error_flags=_text(fields, "EF").strip(),
    )


def _time(text: str) -> datetime | None:
    found = _TIME.fullmatch(text)
    if found is None or int(found[1]) not in _YEARS:
        return None
    year, month, day, hour, minute, second, thousandth = (int(found[n]) for n in range(1, 8))
    offset = timedelta(hours=int(found[9]), minutes=int(found[10]))
    zone = -offset if found[8] == "-" else offset
    try:
        return datetime(year, month, day, hour, minute, second, thousandth * 1000, timezone(zone))
    except ValueError:
        return None


def _number(text: str) -> Decimal | None:
    """Return the number with the places it was written with; None for none, or one too large."""
    if _NUMBER.fullmatch(text) is None:
        return None
    value = Decimal(text)
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -_VALUE_PLACES or abs(value) >= _VALUE_LIMIT:
        return None
    return value if exponent <= 0 else Decimal(int(value))
