"""Each rule of calibration law by itself, on records signed in the test."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.charge_records.domain.calibration import check_session, read_record, verification_of
from apps.charge_records.domain.eka import Verification
from apps.charge_records.domain.ocmf.codes import ReasonCode, WarningCode
from apps.charge_records.domain.ocmf.parsing import RECORD_MAX, parse_ocmf
from apps.charge_records.domain.ocmf.records import MalformedRecordError, record_fingerprint
from apps.charge_records.domain.ocmf.verdict import MeterData, SessionClaim, Verdict
from tests.charge_records.domain.ocmf.signing import METER_NUMBER, Meter, reading

pytestmark = pytest.mark.req("CDR-03")

METER = Meter()
DATA = MeterData(public_key=METER.public_key, number=METER_NUMBER)
BEGIN, END = reading("B", 1000.1), reading("E", 1012.35)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    ["FV", "GS", "MS", "PG", "IS", "IL", "IT", "ID", "RD", "TM", "TX", "RV", "RI", "RU", "EF", "ST"]
)
LIKELY = st.sampled_from(
    ["1.0", "T1", "B", "E", "X", "G", "kWh", "Wh", "1-b:1.8.0", "01-00:B1.08.00*FF", "E t", 1, 1e9]
) | st.just("2026-03-02T08:00:00,000+0100 S")
READINGS = st.lists(st.dictionaries(FIELDS, LIKELY | JSON, max_size=8), max_size=5)


def check(*records: str, meter: MeterData = DATA, **claim: Any) -> Verdict:
    return check_session(records, meter, SessionClaim(**claim))


def pair(
    begin: dict[str, Any] = BEGIN, end: dict[str, Any] = END, **fields: Any
) -> tuple[str, str]:
    """Two records, the second with `fields`."""
    return METER.record(begin), METER.record(end, **{"PG": "T101"} | fields)


def test_check_session_when_all_is_well_then_valid_and_signed_energy() -> None:
    verdict = check(METER.record(BEGIN, END))
    assert verdict.is_valid
    assert (verdict.reasons, verdict.warnings) == ((), ())
    assert verdict.energy_wh == Decimal(12250)
    assert verification_of(verdict) is Verification.PASSED


@pytest.mark.parametrize(
    "begin, end, reasons",
    [
        (BEGIN, reading("E", 999), ["VALUE_DECREASED"]),
        (BEGIN, reading("E", 1012, TM="2026-03-02T07:59:59,999+0100 S"), ["TIME_REVERSED"]),
        (BEGIN, reading("E", 1012, RU="sec"), ["UNIT_INVALID"]),
        (reading("B", 1, RU=None), reading("E", 2, RU=None), ["UNIT_INVALID"]),
        (BEGIN, reading("E", None), []),
        (reading("B", "12,5"), END, ["MALFORMED"]),
        (reading("B", None), reading("E", None), ["MALFORMED"]),
        (BEGIN, reading("E", 1e15), ["MALFORMED"]),
        (reading("B", 1, ST=None), reading("E", 2, ST=None), ["METER_STATUS"]),
        (reading("B", 1, EF="Et"), reading("E", 2), ["ERROR_FLAG_ENERGY"]),
        (reading("B", 1, TM="2026-03-02T08:00:00,000+0100 Z"), reading("E", 2), ["TIME_STATUS"]),
        (reading("B", 1, RI="1-0:1.9.0"), reading("E", 2, RI="x"), ["NO_BILLING_REGISTER"]),
        (reading("B", 1), reading("E", 2, RI="1-0:1.8.0*200"), ["REGISTER_MISMATCH"]),
        (reading("C", 1), reading("S", 2), ["NO_BEGIN", "NO_END"]),
        (reading("T", 1), reading("E", 2), ["NO_BEGIN"]),
    ],
)
def test_check_session_when_reading_is_unfit_then_reasons(
    begin: dict[str, Any], end: dict[str, Any], reasons: list[str]
) -> None:
    assert list(check(METER.record(begin, end)).reasons) == reasons


@pytest.mark.parametrize(
    "begin_state, end_state, is_sound, is_billable",
    [
        ("S", "S", True, True),
        ("S", "I", True, False),
        ("S", "", True, False),
        ("I", "S", True, False),
        ("I", "I", True, False),
        ("I", "R", True, True),
        ("R", "R", True, True),
        ("R", "S", False, False),
        ("", "S", False, False),
    ],
)
def test_check_session_when_time_status_then_sound_and_billable(
    begin_state: str, end_state: str, is_sound: bool, is_billable: bool
) -> None:
    record = METER.record(
        reading("B", 1, TM=f"2026-03-02T08:00:00,000+0100 {begin_state}"),
        reading("E", 2, TM=f"2026-03-02T08:30:00,000+0100 {end_state}"),
    )
    verdict = check(record)
    assert (ReasonCode.TIME_STATUS in verdict.reasons) is not is_sound
    assert (WarningCode.TIME_NOT_BILLABLE in verdict.warnings) is (is_sound and not is_billable)
    billed = check(record, is_time_billed=True)
    assert (ReasonCode.TIME_NOT_BILLABLE in billed.reasons) is not is_billable


@pytest.mark.parametrize(
    "time",
    ["yesterday S", "2026-03-02T08:00:00Z S", "2026-02-30T08:00:00,000+0100 S",
     "2026-03-02T08:00:00,000+9900 S", "0001-01-01T00:00:00,000+0100 S"],
)  # fmt: skip
def test_check_session_when_time_is_unparsable_then_warning(time: str) -> None:
    verdict = check(METER.record(reading("B", 1, TM=time), reading("E", 2)))
    assert verdict.is_valid
    assert verdict.warnings == (WarningCode.TIME_UNPARSABLE,)
    assert verdict.begin is not None
    assert verdict.begin.at is None
    assert not check(METER.record(reading("B", 1, TM=time), END), is_time_billed=True).is_valid


@pytest.mark.parametrize("level", ["MISMATCH", "INVALID", "OUTDATED", "UNKNOWN", " unknown "])
def test_check_session_when_identification_failed_then_invalid(level: str) -> None:
    assert check(METER.record(BEGIN, END, IL=level)).reasons == (ReasonCode.IDENTIFICATION_ERROR,)
    old = METER.record(BEGIN, END, FV="0.4", IL=None, IS=level)
    assert check(old).reasons == (ReasonCode.IDENTIFICATION_ERROR,)


@pytest.mark.parametrize(
    "version, is_supported",
    [
        ("0.1", True),
        ("1.4", True),
        (1.0, True),
        (1, True),
        ("0.0", False),
        ("1.5", False),
        ("2.0", False),
        ("", False),
        ("one", False),
        (None, False),
    ],
)
def test_check_session_when_version_then_supported_or_not(version: Any, is_supported: bool) -> None:
    reasons = check(METER.record(BEGIN, END, FV=version)).reasons
    assert reasons == (() if is_supported else (ReasonCode.UNSUPPORTED_VERSION,))


def test_check_session_when_two_sources_then_invalid() -> None:
    for name in ("GS", "MS"):
        verdict = check(*pair(**{name: "2OTHER"}))
        assert verdict.reasons == (ReasonCode.SOURCE_MISMATCH,)
        assert verdict.energy_wh == Decimal(12250)
    assert check(*pair(GS=None)).is_valid


@pytest.mark.parametrize(
    "page, reasons, warnings",
    [
        ("T101", [], []),
        ("T100", [], ["PAGINATION_REPEATED"]),
        ("T102", [], ["PAGINATION_GAP"]),
        ("T99", ["PAGINATION"], []),
        ("F101", ["PAGINATION"], []),
        ("101", ["PAGINATION"], []),
        (None, ["PAGINATION"], []),
    ],
)
def test_check_session_when_pagination_then_reason_or_warning(
    page: str | None, reasons: list[str], warnings: list[str]
) -> None:
    verdict = check(*pair(PG=page))
    assert (list(verdict.reasons), list(verdict.warnings)) == (reasons, warnings)


@pytest.mark.parametrize(
    "number, is_same",
    [("1tst 0012-345678", True), ("1TST0012345679", False), ("12345678", False), ("", True)],
)
def test_check_session_when_meter_number_then_compared_without_separators(
    number: str, is_same: bool
) -> None:
    meter = MeterData(public_key=METER.public_key, number=number)
    reasons = check(METER.record(BEGIN, END), meter=meter).reasons
    assert reasons == (() if is_same else (ReasonCode.METER_NUMBER_MISMATCH,))


def test_check_session_when_meter_was_swapped_then_mismatch() -> None:
    verdict = check(*pair(GS="9NEW1", MS="9NEW1"))
    assert verdict.reasons == (ReasonCode.SOURCE_MISMATCH, ReasonCode.METER_NUMBER_MISMATCH)


def test_check_session_when_calibration_ended_then_by_the_meters_own_date() -> None:
    late = reading("E", 1012.35, TM="2026-03-03T00:30:00,000+0100 S")
    meter = MeterData(public_key=METER.public_key, calibrated_to=date(2026, 3, 2))
    assert check(METER.record(BEGIN, late), meter=meter).reasons == (
        ReasonCode.CALIBRATION_EXPIRED,
    )
    assert check(METER.record(BEGIN, END), meter=meter).is_valid


def test_check_session_when_record_was_billed_before_then_duplicate() -> None:
    record = METER.record(BEGIN, END)
    used = frozenset({record_fingerprint(f" {record}\n")})
    assert check(record, used_fingerprints=used).reasons == (ReasonCode.DUPLICATE_RECORD,)
    assert check(METER.record(BEGIN, END), used_fingerprints=used).is_valid


@pytest.mark.parametrize(
    "signed, id_tag, fits",
    [
        ({}, "04A2B3C4D5E680", True),
        ({}, "04a2b3c4d5e680", True),
        ({}, "80E6D5C4B3A204", True),
        ({}, "04A2B3C4D5E681", False),
        ({}, "04A2B3C4", False),
        ({}, "", True),
        ({"IT": "EMAID", "ID": "DE-8AA-CA2B3C4D5-L"}, "DE8AACA2B3C4D5L", True),
        ({"IT": "EMAID", "ID": "DE8AACA2B3C4D5"}, "DE8AACA2B3C4D6", False),
        ({"IT": "EMAID", "ID": "DKV_Testbox2"}, "dkv_testbox2", True),
        ({"IT": "CENTRAL", "ID": "x"}, "04A2B3C4D5E680", True),
        ({"IS": False}, "04A2B3C4D5E681", True),
        ({"ID": ""}, "04A2B3C4D5E681", True),
        ({"FV": "0.4", "IS": "VERIFIED", "IL": None}, "04A2B3C4D5E681", False),
    ],
)
def test_check_session_when_id_tag_then_compared_in_both_orders(
    signed: dict[str, Any], id_tag: str, fits: bool
) -> None:
    verdict = check(METER.record(BEGIN, END, **signed), id_tag=id_tag)
    assert verdict.is_valid
    assert (WarningCode.ID_MISMATCH in verdict.warnings) is not fits


@pytest.mark.parametrize(
    "begin, end, claimed_wh, differs",
    [
        (1000.1, 1012.35, 12250, False),
        (1000.1, 1012.35, 12260, False),
        (1000.1, 1012.35, 12239, True),
        (0.2596, 0.2597, 0, False),
        (0.2596, 0.2597, 1, False),
        (0.2596, 0.2597, 2, True),
        (5, 17, 11_000, False),
        (5, 17, 10_999, True),
    ],
)
def test_check_session_when_ocpp_energy_then_compared_to_the_last_digit(
    begin: float, end: float, claimed_wh: int, differs: bool
) -> None:
    verdict = check(METER.record(reading("B", begin), reading("E", end)), energy_wh=claimed_wh)
    assert verdict.is_valid
    assert (WarningCode.ENERGY_DIFFERS in verdict.warnings) is differs


def test_check_session_when_error_flag_is_for_time_then_warning() -> None:
    verdict = check(METER.record(reading("B", 1, EF="t"), reading("E", 2)))
    assert (verdict.reasons, verdict.warnings) == ((), (WarningCode.ERROR_FLAG_TIME,))


def test_check_session_when_readings_repeat_in_the_end_record_then_one_begin() -> None:
    begin = METER.record(BEGIN)
    both = METER.record(BEGIN, reading("X", 1005), END, PG="T101")
    verdict = check(begin, both)
    assert verdict.is_valid
    assert verdict.warnings == (WarningCode.EXCEPTION_READING,)


def test_check_session_when_many_begins_or_ends_then_multiple() -> None:
    again = reading("B", 1000.2)
    assert check(METER.record(BEGIN, again, END)).reasons == (ReasonCode.MULTIPLE_BEGIN,)
    assert check(METER.record(BEGIN, END, reading("L", 1013))).reasons == (ReasonCode.MULTIPLE_END,)
    assert check(METER.record(BEGIN, again)).reasons == (
        ReasonCode.NO_END,
        ReasonCode.MULTIPLE_BEGIN,
    )


def test_check_session_when_reason_is_left_out_then_taken_from_the_reading_before() -> None:
    device = {"RI": "01-00:B1.08.00*FF"}
    verdict = check(
        METER.record(
            BEGIN, reading(None, 900, **device, TM=None), END, reading(None, 912, **device, TM=None)
        )
    )
    assert verdict.is_valid
    assert verdict.energy_wh == Decimal(12_000)
    # An unnamed reading on the same register is no second begin.
    assert check(METER.record(BEGIN, reading(None, 1005), END)).energy_wh == Decimal(12250)


@pytest.mark.parametrize(
    "codes, energy_kwh",
    [
        (["1-0:1.8.0", "01-00:B0.08.00*FF"], 2),
        (["01-00:B0.08.00*FF", "01-00:B2.08.00*FF"], 2),
        (["01-00:B2.08.00*FF", "01-00:98.08.00.FF"], 2),
        (["01-00:98.08.00.FF", "01-00:B1.08.00*FF"], 2),
        (["01-00:B1.08.00*FF", "01-00:B3.08.00*FF"], 2),
        (["1-0:1.8.0", "01-00:9E.08.00*FF"], 2),
        (["1-0:1.8.1", "1-0:1.8.0"], 2),
        (["1-0:1.8.0", "01-00:C0.08.00*FF"], 1),
        (["1-0:1.8.0", "01-00:B4.08.00*FF"], 1),
        (["1-0:1.8.0", "1-0:2.8.0"], 1),
    ],
)
def test_check_session_when_several_registers_then_preferred_one(
    codes: list[str], energy_kwh: int
) -> None:
    readings = [
        reading(reason, index * 100 + (index if reason == "E" else 0), RI=code)
        for reason in "BE"
        for index, code in enumerate(codes, start=1)
    ]
    verdict = check(METER.record(*readings))
    assert verdict.is_valid
    assert verdict.energy_wh == energy_kwh * 1000


def test_check_session_when_compensated_register_lacks_its_end_then_mismatch() -> None:
    record = METER.record(BEGIN, reading("B", 900, RI="01-00:B1.08.00*FF"), END)
    assert check(record).reasons == (ReasonCode.REGISTER_MISMATCH,)


@pytest.mark.parametrize("key", ["", "  \n"])
def test_check_session_when_no_key_then_not_possible(key: str) -> None:
    verdict = check(METER.record(BEGIN, END), meter=MeterData(public_key=key))
    assert verdict.reasons == (ReasonCode.NO_KEY,)
    assert verification_of(verdict) is Verification.NOT_POSSIBLE


def test_check_session_when_key_comes_inside_then_not_trusted() -> None:
    record = f"{METER.record(BEGIN, END)}|{METER.public_key}"
    verdict = check(record, meter=MeterData())
    assert verdict.reasons == (ReasonCode.NO_KEY,)
    assert verdict.warnings == (WarningCode.EXTRA_SECTION,)
    assert read_record(record).embedded_key == METER.public_key
    assert check(record).is_valid


def test_check_session_when_key_of_other_curve_then_named() -> None:
    other = Meter(ec.SECP256K1)
    payload = METER.record(BEGIN, END).split("|")[1]
    record = other.sign_payload(payload, SA=None)
    for key in (other.public_key, other.public_key[-128:]):
        verdict = check(record, meter=MeterData(public_key=key))
        assert verdict.reasons == (ReasonCode.KEY_CURVE_MISMATCH,)
    assert check(record).reasons == (ReasonCode.SIGNATURE_INVALID,)


def test_check_session_when_digit_is_altered_then_signature_invalid() -> None:
    record = METER.record(BEGIN, END).replace("1012.35", "1013.35")
    verdict = check(record)
    assert verdict.reasons == (ReasonCode.SIGNATURE_INVALID,)
    assert (verdict.begin, verdict.end, verdict.energy_wh) == (None, None, None)
    assert verification_of(verdict) is Verification.FAILED


@pytest.mark.parametrize(
    "seal",
    [{"SD": "00"}, {"SD": "xyz"}, {"SE": "base64"}, {"SE": "morse"}, {"SD": "30 06 020100 020100"}],
)
def test_check_session_when_signature_is_unreadable_then_invalid(seal: dict[str, str]) -> None:
    payload = METER.record(BEGIN, END).split("|")[1]
    assert check(METER.sign_payload(payload, **seal)).reasons == (ReasonCode.SIGNATURE_INVALID,)


@pytest.mark.parametrize(
    "record",
    [
        "OCMF|",
        "OCMF|{}",
        "OCMF|{}|{}",
        'OCMF|{}|{"SD":1}',
        'OCMF|{}|{"SD":""}',
        'OCMF|[]|{"SD":"00"}',
        'OCMF|{"RD":[1]}|{"SD":"00"}',
        'OCMF|{"RV":NaN}|{"SD":"00"}',
        'OCMF|{"RV":1e99999999999999999999}|{"SD":"00"}',
        'OCMF|{"a":"\ud800"}|{"SD":"00"}',
        'OCMF|{}|{"SD":"00"}|key|more',
        'ocmf|{}|{"SD":"00"}',
        'OCMF|{"TT":"a|b"}|{"SD":"00"}',
        f'OCMF|{"[" * 30_000}|{{"SD":"00"}}',
        f'OCMF|{{"TT":"{"x" * RECORD_MAX}"}}|{{"SD":"00"}}',
        "AP;0;3;A;B;C;",
        "AP;0",
    ],
)
def test_check_session_when_no_record_then_malformed(record: str) -> None:
    verdict = check(record)
    assert verdict.reasons == (ReasonCode.MALFORMED,)
    assert [check.is_signature_valid for check in verdict.checks] == [False]
    with pytest.raises(MalformedRecordError):
        read_record(record)


def test_check_session_when_one_of_two_is_malformed_then_both_are_told() -> None:
    verdict = check(METER.record(BEGIN), "OCMF|cut")
    assert verdict.reasons == (ReasonCode.MALFORMED, ReasonCode.NO_END)


def test_check_session_when_other_format_then_named() -> None:
    verdict = check("1B1B1B1B01010101 76", "something else")
    assert verdict.reasons == (ReasonCode.UNSUPPORTED_FORMAT,)
    assert [check.format for check in verdict.checks] == ["SML", "UNKNOWN"]
    with pytest.raises(MalformedRecordError):
        read_record("something else")


def test_check_session_when_nothing_came_then_no_signed_data() -> None:
    assert check().reasons == (ReasonCode.NO_SIGNED_DATA,)


def test_check_session_when_record_came_twice_then_counts_once() -> None:
    begin, end = pair()
    verdict = check(end, begin, f" {begin}\r\n")
    assert verdict.is_valid
    assert [check.text for check in verdict.checks] == [end, begin]


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_parse_ocmf_when_any_text_then_record_or_error(text: str) -> None:
    for candidate in (text, f"OCMF|{text}", f'OCMF|{text}|{{"SD":"00"}}', f"OCMF|{{}}|{text}"):
        try:
            parse_ocmf(candidate)
        except MalformedRecordError:
            continue


@given(st.dictionaries(FIELDS, LIKELY | JSON, max_size=8), READINGS, st.booleans())
@settings(max_examples=200, deadline=None)
def test_check_session_when_any_json_then_verdict(
    fields: dict[str, Any], readings: list[dict[str, Any]], is_signed: bool
) -> None:
    payload = json.dumps(fields | {"RD": readings})
    record = METER.sign_payload(payload) if is_signed else f'OCMF|{payload}|{{"SD":"00"}}'
    verdict = check(record, id_tag="04A2B3C4", energy_wh=1, is_time_billed=True)
    assert verdict.is_valid is (not verdict.reasons)
    assert len(verdict.checks) == 1
    if verdict.is_valid:
        assert verdict.checks[0].is_signature_valid
        assert verdict.energy_wh is not None


@given(st.integers(0, 600), st.integers(0, 255))
@settings(max_examples=100, deadline=None)
def test_check_session_when_one_octet_is_altered_then_never_valid(place: int, octet: int) -> None:
    record = METER.record(BEGIN, END)
    payload = bytearray(record.split("|")[1].encode())
    place %= len(payload)
    if payload[place] == octet:
        return
    payload[place] = octet
    altered = f"OCMF|{payload.decode('utf-8', 'replace')}|{record.split('|')[2]}"
    assert not check(altered).is_valid
