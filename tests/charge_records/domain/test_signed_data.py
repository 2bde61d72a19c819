"""Records and keys out of OCPP messages: the vector file, and shapes beyond it."""

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.charge_records.domain.ocmf.keys import read_key
from apps.charge_records.domain.signed_data import (
    VALUE_MAX,
    SignedData,
    collect_signed_data,
    merge_signed_data,
    read_value,
)
from apps.charge_records.domain.signed_formats import SignedFormat, recognise
from tests.charge_records.domain.ocmf.signing import Meter, alfen_data, reading
from tests.plugins.vectors import load_vectors

pytestmark = pytest.mark.req("CDR-03", "CDR-04")

CASES = load_vectors("ocmf/ocpp_envelopes.json")["cases"]
METER = Meter()
ALFEN_METER = Meter(ec.SECP192R1)
RECORD = METER.record(reading("B", 1), reading("E", 2))
CODED = base64.b64encode(RECORD.encode()).decode()
SML = "1b1b1b1b01010101" + "76023862"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["value", "sampledValue", "signedMeterValue", "publicKey", "format"]),
            inner,
        )
    ),
    max_leaves=12,
)


@pytest.mark.vectors
@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_collect_signed_data_when_vector_then_records_and_keys(case: dict[str, Any]) -> None:
    found = collect_signed_data(message["payload"] for message in case["messages"])
    assert found.format == case["expect"]["format"]
    assert list(found.texts) == case["expect"]["records"]
    assert [key.hex for key in found.offered_keys] == case["expect"]["public_keys_hex"]


@pytest.mark.parametrize(
    "value",
    [
        RECORD,
        f"\n{RECORD}",
        CODED,
        CODED.rstrip("="),
        f"{CODED[:76]}\r\n{CODED[76:]}",
        RECORD.encode().hex(),
        RECORD.encode().hex().upper(),
        base64.b64encode(RECORD.encode() + b"\0\0").decode(),
        json.dumps({"signedMeterData": CODED}),
        json.dumps({"signedMeterData": RECORD}),
        json.dumps({"signedMeterValue": RECORD.encode().hex()}),
        base64.b64encode(json.dumps({"signedMeterData": CODED}).encode()).decode(),
        {"signedMeterData": CODED, "encodingMethod": "OCMF"},
    ],
)
@pytest.mark.parametrize("is_signed", [True, False])
def test_read_value_when_any_wrapping_then_the_record(value: Any, is_signed: bool) -> None:
    found = read_value(value, is_signed=is_signed)
    assert [text.strip() for text in found.texts] == [RECORD]
    assert found.format is SignedFormat.OCMF


@pytest.mark.parametrize(
    "value", ["0", "12250", "1000.5", " 12,5 ", "-1e3", "", "  ", None, 5, 5.0, True, [], {}, "{}"]
)
def test_read_value_when_number_or_nothing_then_nothing(value: Any) -> None:
    assert read_value(value, is_signed=False) == SignedData()
    if value != "{}":
        assert read_value(value, is_signed=True) == SignedData()


@pytest.mark.parametrize("value", ["garbage", "T0ND", '{"signedMeterData": "??"}', "{"])
def test_read_value_when_said_to_be_signed_then_kept_as_unknown(value: str) -> None:
    found = read_value(value, is_signed=True)
    assert (found.texts, found.format) == ((value,), SignedFormat.UNKNOWN)
    assert read_value(value, is_signed=False) == SignedData()


def test_read_value_when_object_is_not_understood_then_its_data_kept() -> None:
    found = read_value({"signedMeterData": "??", "publicKey": METER.public_key}, is_signed=True)
    assert (found.texts, found.offered_keys) == (("??",), (read_key(METER.public_key),))


def test_read_value_when_too_long_then_nothing() -> None:
    assert read_value("OCMF|" + "x" * VALUE_MAX, is_signed=True) == SignedData()


def test_read_value_when_wrapped_without_end_then_nothing() -> None:
    value = RECORD
    for _ in range(6):
        value = json.dumps({"signedMeterData": value})
    assert read_value(value, is_signed=False) == SignedData()


def test_read_value_when_key_is_unreadable_then_record_alone() -> None:
    for key in ("", "oca:base16:asn1:00", 5, None, "x" * 9000):
        value = json.dumps({"signedMeterData": CODED, "publicKey": key})
        found = read_value(value, is_signed=True)
        assert (found.texts, found.offered_keys) == ((RECORD,), ())


def test_read_value_when_binary_sml_in_base64_then_hex() -> None:
    found = read_value(base64.b64encode(bytes.fromhex(SML)).decode(), is_signed=True)
    assert (found.texts, found.format) == ((SML,), SignedFormat.SML)


@pytest.mark.parametrize(
    "group",
    [
        {"sampledValue": [{"value": RECORD, "format": "SignedData"}]},
        {"sampledValue": {"value": RECORD}},
        {"values": [{"value": RECORD}]},
        {"value": RECORD},
        {"sampledValue": [RECORD]},
        {"sampledValue": [{"value": {"signedMeterData": CODED}}]},
        {"sampledValue": [{"value": 1.0, "signedMeterValue": {"signedMeterData": CODED}}]},
        {"sampledValue": [{"value": 1.0, "signedMeterValue": CODED}]},
    ],
)
@pytest.mark.parametrize("name", ["meterValue", "transactionData"])
@pytest.mark.req("OCP-07")
def test_collect_signed_data_when_odd_shape_then_record(name: str, group: dict[str, Any]) -> None:
    assert collect_signed_data([{name: [group]}]).texts == (RECORD,)
    assert collect_signed_data([{name: group}]).texts == (RECORD,)


def test_collect_signed_data_when_payload_is_no_message_then_nothing() -> None:
    for payload in ({}, {"meterValue": None}, {"meterValue": [None, 1, "x", {"sampledValue": 5}]}):
        assert collect_signed_data([payload]) == SignedData()


def test_merge_signed_data_when_mixed_then_begin_before_end_and_each_once() -> None:
    begin, middle, end = (
        METER.record(reading(reason, value), PG=page)
        for reason, value, page in (("B", 1, "T1"), ("C", 2, "T2"), ("E", 3, "T3"))
    )
    key = {"publicKey": METER.public_key}
    parts = [
        read_value({"signedMeterData": text} | key, is_signed=True)
        for text in (end, middle, begin, f" {end}\n")
    ]
    found = merge_signed_data(parts)
    assert found.texts == (begin, middle, end)
    assert found.offered_keys == (read_key(METER.public_key),)
    assert merge_signed_data([]) == SignedData()
    assert SignedData().format is None


@pytest.mark.parametrize(
    "text, form",
    [
        (RECORD, "OCMF"),
        (" \n" + RECORD, "OCMF"),
        ("AP;0;3;A;B;C;", "ALFEN"),
        (SML.upper(), "SML"),
        ("1b 1b 1b 1b 01 01 01 01 76", "SML"),
        ("128.8.0(ST:1)(CT:2)", "PCDF"),
        ("(128.8.0(ST:1))", "PCDF"),
        ('<?xml version="1.0"?><Billing>', "EDL_40_MENNEKES"),
        ("<ChargingProcess><ServerId/>", "EDL_40_MENNEKES"),
        ('<?xml version="1.0" ?><signedMeterValue><publicKey/>', "EMH"),
        ("<signedMeterValue>", "EMH"),
        ('<?xml version="1.0" ?><other/>', "XML"),
        ("<html>", None),
        ("12250", None),
        ("", None),
    ],
)
def test_recognise_when_beginning_is_known_then_format(text: str, form: str | None) -> None:
    assert recognise(text) == form


@given(st.text(max_size=80) | st.binary(max_size=60).map(lambda octets: octets.hex()) | JSON)
@settings(max_examples=200, deadline=None)
def test_read_value_when_anything_then_answer(value: Any) -> None:
    for is_signed in (True, False):
        assert len(read_value(value, is_signed=is_signed).records) <= 1
    collect_signed_data([{"meterValue": value}, {"transactionData": [value]}])


def test_alfen_records_are_sorted_by_their_type() -> None:
    meter_records = [ALFEN_METER.alfen_record(kind, alfen_data(5, 1)) for kind in "1202"]
    found = merge_signed_data(read_value(text, is_signed=True) for text in meter_records)
    assert [text.split(";")[1] for text in found.texts] == ["0", "2", "2", "1"]
