"""Alfen's signed records, `AP;type;3;key;data;signature;`, to what they say.

Source: the layout of the data set as the S.A.F.E. transparency software reads it.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from decimal import Decimal

from apps.charge_records.domain.ocmf.curves import SECP192R1
from apps.charge_records.domain.ocmf.der import Signature
from apps.charge_records.domain.ocmf.records import (
    BEGIN_REASON,
    RECORD_MARGIN,
    MalformedRecordError,
    Page,
    Reading,
    Record,
)
from apps.charge_records.domain.ocmf.registers import billing_register
from apps.charge_records.domain.signed_formats import SignedFormat

# Ours: a record has 266 characters.
RECORD_MAX = 2_000
DATA_SIZE, SIGNATURE_SIZE, KEY_SIZE = 82, 48, 25
# DLMS unit codes.
_UNITS = {30: "Wh"}
# Begin, end and a reading in between, in the words of OCMF.
_REASONS = {"0": BEGIN_REASON, "1": "E", "2": "C"}
# Bits of the status: meter errors 1 and 2, adapter errors 16, 30 and 31.
_ERROR_BITS = 1 << 1 | 1 << 2 | 1 << 16 | 1 << 30 | 1 << 31
_SCALE_LIMIT = 12
_VALUE_LIMIT = 10**15
_BLANK = re.compile(r"\s+")


def parse_alfen(text: str) -> Record:
    """Return the record in a text; MalformedRecordError where it is none.

    The clock's state is not signed, so the time counts as informative.
    """
    if len(text) > RECORD_MAX:
        raise MalformedRecordError("too long")
    fields = text.strip(RECORD_MARGIN).removesuffix(";").split(";")
    if len(fields) != 6 or fields[0] != "AP" or fields[1] not in _REASONS:
        raise MalformedRecordError("not six fields")
    data, seal = _octets(fields[4]), _octets(fields[5])
    if len(data) != DATA_SIZE:
        raise MalformedRecordError("a data set has 82 octets")
    return Record(
        format=SignedFormat.ALFEN,
        text=text,
        signed=data,
        version=fields[2],
        is_version_supported=True,
        algorithm="ECDSA-secp192r1-SHA256",
        curve=SECP192R1,
        signature=_signature(seal),
        readings=(_reading(data, _REASONS[fields[1]]),),
        page=Page("T", _number(data[78:82])),
        gateway_serial=data[0:10].hex().upper(),
        meter_serial=_meter_number(data[16:26]),
        is_identified=any(data[54:74]),
        identification_type="ISO14443",
        identification=data[54:74].rstrip(b"\0").decode("ascii", "replace"),
        session_reference=str(_number(data[74:78])),
        embedded_key=fields[3],
    )


def _octets(text: str) -> bytes:
    try:
        return base64.b32decode(_BLANK.sub("", text))
    except (binascii.Error, ValueError) as error:
        raise MalformedRecordError("not base32") from error


def _signature(seal: bytes) -> Signature | None:
    if len(seal) != SIGNATURE_SIZE:
        return None
    half = SIGNATURE_SIZE // 2
    return Signature(int.from_bytes(seal[:half], "big"), int.from_bytes(seal[half:], "big"))


def _number(octets: bytes) -> int:
    return int.from_bytes(octets, "little")


def _meter_number(octets: bytes) -> str:
    """Return the number as printed on the meter (DIN 43863-5): medium, maker, then digits.

    Example: 0A 01 44 5A 47 00 33 00 01 40 -> "1DZG0033000140".
    """
    maker = octets[2:5]
    if octets[0] not in (0x09, 0x0A) or not (maker.isalnum() and maker.isascii()):
        return octets.hex().upper()
    return f"{octets[1]:X}{maker.decode()}{octets[5:].hex().upper()}"


def _reading(data: bytes, reason: str) -> Reading:
    a, b, c, d, e, f = data[38:44]
    code = f"{a:X}-{b:X}:{c:X}.{d:X}.{e:X}*{f:X}"
    at = datetime.fromtimestamp(_number(data[34:38]), UTC)
    status = _number(data[26:30])
    return Reading(
        reason=reason,
        is_reason_inherited=False,
        at=at,
        at_text=at.isoformat(),
        time_status="I",
        value=_value(data[46:54], data[45]),
        unit=_UNITS.get(data[44], ""),
        register=billing_register(code),
        register_text=code,
        status="E" if status & _ERROR_BITS else "G",
        error_flags="",
    )


def _value(octets: bytes, scale: int) -> Decimal | None:
    value = int.from_bytes(octets, "little", signed=True)
    power = scale - 256 if scale > 127 else scale
    if abs(power) > _SCALE_LIMIT or abs(value) >= _VALUE_LIMIT:
        return None
    scaled = Decimal(value).scaleb(power)
    if abs(scaled) >= _VALUE_LIMIT:
        return None
    return scaled if power <= 0 else Decimal(int(scaled))
