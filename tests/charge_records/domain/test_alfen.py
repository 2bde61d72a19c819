"""Alfen's format: genuine records, records signed in the test, and everything else."""

import base64
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.charge_records.domain.alfen import parse_alfen
from apps.charge_records.domain.calibration import check_session
from apps.charge_records.domain.ocmf.codes import ReasonCode, WarningCode
from apps.charge_records.domain.ocmf.records import MalformedRecordError
from apps.charge_records.domain.ocmf.verdict import MeterData, SessionClaim, Verdict
from tests.charge_records.domain.ocmf.signing import Meter, alfen_data

pytestmark = pytest.mark.req("CDR-03")

METER = Meter(ec.SECP192R1)
KEY = base64.b32encode(METER.compressed_key).decode()


def check(begin: bytes, end: bytes, key: str = KEY, **claim: Any) -> Verdict:
    records = [METER.alfen_record("1", end), METER.alfen_record("0", begin)]
    return check_session(records, MeterData(public_key=key), SessionClaim(**claim))


@pytest.mark.vectors
def test_check_session_when_genuine_record_then_signature_holds(
    vectors: Callable[[str], Any],
) -> None:
    cases = vectors("ocmf/ocpp_envelopes.json")["cases"]
    texts = next(case for case in cases if case["expect"]["format"] == "ALFEN")["expect"]["records"]
    for text, reason in zip(texts, (ReasonCode.NO_END, ReasonCode.NO_BEGIN), strict=True):
        key = parse_alfen(text).embedded_key
        assert check_session([text], MeterData(public_key=key)).reasons == (reason,)
        altered = text.replace("BJKGK43U", "BJKGK43V")
        assert check_session([altered], MeterData(public_key=key)).reasons == (
            ReasonCode.SIGNATURE_INVALID,
            reason,
        )
        assert ReasonCode.NO_KEY in check_session([text], MeterData()).reasons


def test_check_session_when_pair_then_valid_for_each_notation_of_the_key() -> None:
    for key in (KEY, METER.compressed_key.hex(), METER.public_key):
        verdict = check(alfen_data(1000, 17), alfen_data(13250, 18), key, id_tag="80E6D5C4B3A204")
        assert verdict.is_valid
        assert verdict.energy_wh == Decimal(12250)
        assert verdict.warnings == (WarningCode.TIME_NOT_BILLABLE,)


def test_check_session_when_scaled_then_in_wh() -> None:
    begin, end = (alfen_data(value, 1, scale=b"\xff") for value in (10, 25))
    assert check(begin, end).energy_wh == Decimal("1.5")
    begin, end = (alfen_data(value, 1, scale=b"\x02") for value in (10, 25))
    assert check(begin, end).energy_wh == Decimal(1500)


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"status": bytes.fromhex("02000000")}, ReasonCode.METER_STATUS),
        ({"status": bytes.fromhex("00000080")}, ReasonCode.METER_STATUS),
        ({"status": bytes.fromhex("00000100")}, ReasonCode.METER_STATUS),
        ({"session": bytes(4)}, ReasonCode.SOURCE_MISMATCH),
        ({"meter": bytes.fromhex("0A01445A470033000141")}, ReasonCode.SOURCE_MISMATCH),
        ({"unit": b"\x1b"}, ReasonCode.UNIT_INVALID),
        ({"scale": b"\x7f"}, ReasonCode.MALFORMED),
        ({"scale": b"\x0c"}, ReasonCode.MALFORMED),
        ({"obis": bytes.fromhex("0100020800FF")}, ReasonCode.NO_END),
        ({"page": bytes(4)}, ReasonCode.PAGINATION),
        ({"time": bytes(4)}, ReasonCode.TIME_REVERSED),
        ({"value": bytes(8)}, ReasonCode.VALUE_DECREASED),
    ],
)
def test_check_session_when_end_is_unfit_then_reason(
    changes: dict[str, bytes], reason: ReasonCode
) -> None:

    assert check(alfen_data(1000, 17), alfen_data(1250, 18, **changes)).reasons == (reason,)


def test_check_session_when_master_data_then_compared() -> None:
    records = [METER.alfen_record("0", alfen_data(0, 1)), METER.alfen_record("1", alfen_data(9, 2))]
    for number, is_same in (("1DZG-0033000140", True), ("1DZG0033000141", False)):
        meter = MeterData(public_key=KEY, number=number)
        assert check_session(records, meter).is_valid is is_same
    meter = MeterData(public_key=KEY, calibrated_to=date(2020, 1, 1))
    assert check_session(records, meter).reasons == (ReasonCode.CALIBRATION_EXPIRED,)


def test_check_session_when_signature_is_cut_then_invalid() -> None:
    text = METER.alfen_record("0", alfen_data(0, 1))
    fields = text.split(";")
    fields[5] = base64.b32encode(bytes(47)).decode()
    reasons = check_session([";".join(fields)], MeterData(public_key=KEY)).reasons
    assert ReasonCode.SIGNATURE_INVALID in reasons


def test_parse_alfen_when_meter_id_is_unknown_then_hex() -> None:
    record = parse_alfen(METER.alfen_record("2", alfen_data(0, 1, meter=bytes(10))))
    assert record.meter_serial == "00" * 10
    assert not record.readings[0].is_begin
    assert not record.readings[0].is_end


@given(st.text(max_size=60), st.binary(min_size=82, max_size=82), st.binary(max_size=50))
@settings(max_examples=200, deadline=None)
def test_parse_alfen_when_anything_then_record_or_error(
    text: str, data: bytes, seal: bytes
) -> None:
    coded = [base64.b32encode(part).decode() for part in (data, seal)]
    for candidate in (text, f"AP;{text}", f"AP;0;3;{text};{coded[0]};{coded[1]};"):
        try:
            parse_alfen(candidate)
        except MalformedRecordError:
            continue
        check_session(
            [candidate], MeterData(public_key=KEY), SessionClaim(id_tag="04", energy_wh=1)
        )
