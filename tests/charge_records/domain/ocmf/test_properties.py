"""No input crashes parser and rules; whatever is not what the meter signed does not verify."""

import base64
import json
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.charge_records.domain.alfen import parse_alfen
from apps.charge_records.domain.calibration import (
    check_session,
    is_incomplete,
    read_record,
    verification_of,
)
from apps.charge_records.domain.check_steps import STEP_OF, Step, check_steps
from apps.charge_records.domain.ocmf.codes import ReasonCode, WarningCode
from apps.charge_records.domain.ocmf.keys import KeyNotReadableError, read_key
from apps.charge_records.domain.ocmf.parsing import parse_ocmf
from apps.charge_records.domain.ocmf.records import MalformedRecordError
from apps.charge_records.domain.ocmf.verdict import MeterData, SessionClaim, Verdict
from apps.charge_records.domain.offers import keys_in_configuration
from apps.charge_records.domain.signed_data import (
    collect_signed_data,
    is_signed_value,
    read_value,
)
from apps.charge_records.domain.transparency_container import write_container
from tests.charge_records.domain.ocmf.signing import METER_NUMBER, Meter, reading

pytestmark = [pytest.mark.req("CDR-03"), pytest.mark.slow]

METER = Meter()
DATA = MeterData(public_key=METER.public_key, number=METER_NUMBER)
VALID = METER.record(reading("B", "1.000"), reading("E", "11.250"))

unhurried = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
texts = st.text(max_size=200)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(["B", "E", "G", "R", "Wh", "kWh", "1-b:1.8.0", "01-00:B2.08.00*FF", "T1"])
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)
FIELDS = ("FV", "GS", "PG", "MS", "IS", "IL", "IT", "ID", "RD")
READING = ("TM", "TX", "RV", "RI", "RU", "EF", "ST")
strange_readings = st.lists(
    st.fixed_dictionaries({}, optional=dict.fromkeys(READING, json_values)), max_size=5
)
strange_payloads = st.fixed_dictionaries(
    {"RD": strange_readings}, optional=dict.fromkeys(FIELDS[:-1], json_values)
)


def judged(text: str) -> Verdict:
    """Check a text alone; every result must be whole."""
    verdict = check_session([text], DATA, SessionClaim(id_tag="04A2", energy_wh=10_000))
    assert set(verdict.reasons) <= set(ReasonCode)
    assert set(verdict.warnings) <= set(WarningCode)
    assert verdict.is_valid == (not verdict.reasons)
    verification_of(verdict)
    is_incomplete(verdict)
    steps = check_steps(verdict, has_meter=True, has_key=True, is_waiting=False)
    assert [result.step for result in steps] == list(Step)
    return verdict


@unhurried
@given(texts | st.binary(max_size=200).map(lambda octets: octets.decode("latin-1")))
def test_check_when_any_text_then_a_verdict(text: str) -> None:
    assert not judged(text).is_valid
    for parse in (parse_ocmf, parse_alfen, read_record):
        try:
            parse(text)
        except MalformedRecordError:
            continue


@unhurried
@given(strange_payloads)
def test_check_when_a_meter_signs_anything_then_a_verdict(payload: dict[str, Any]) -> None:
    verdict = judged(METER.sign_payload(json.dumps(payload)))
    assert ReasonCode.SIGNATURE_INVALID not in verdict.reasons


@unhurried
@given(json_values, json_values)
def test_check_when_sections_are_any_json_then_a_verdict(payload: Any, seal: Any) -> None:
    assert not judged(f"OCMF|{json.dumps(payload)}|{json.dumps(seal)}").is_valid


@unhurried
@given(st.integers(0, len(VALID) - 1), st.characters(codec="utf-8"))
def test_check_when_one_sign_is_another_then_never_a_different_energy(at: int, sign: str) -> None:
    """A change outside of what is signed may be harmless; inside it never is."""
    changed = VALID[:at] + sign + VALID[at + 1 :]
    verdict = judged(changed)
    begin, end = VALID.index("|") + 1, VALID.rindex("|")
    if changed != VALID and begin <= at < end:
        assert not verdict.is_valid
    if verdict.is_valid:
        assert verdict.energy_wh == 10_250


@unhurried
@given(st.integers(0, len(VALID)))
def test_check_when_cut_short_then_invalid(length: int) -> None:
    text = VALID[:length]
    assert judged(text).is_valid == (length == len(VALID))


@unhurried
@given(st.lists(st.sampled_from([VALID, METER.record(reading("B", "2")), "x", ""]), max_size=5))
def test_check_when_records_repeat_then_order_does_not_count(records: list[str]) -> None:
    one, other = check_session(records, DATA), check_session(records[::-1], DATA)
    assert one.reasons == other.reasons
    assert one.energy_wh == other.energy_wh


@unhurried
@given(texts)
def test_read_key_when_any_text_then_a_key_or_its_error(text: str) -> None:
    try:
        key = read_key(text)
    except KeyNotReadableError:
        return
    assert read_key(key.hex) == key


@unhurried
@given(json_values | texts, st.booleans())
def test_read_value_when_anything_then_no_error(value: Any, is_signed: bool) -> None:
    for record in read_value(value, is_signed=is_signed).records:
        assert record.text
    for wrapped in (json.dumps(value), base64.b64encode(json.dumps(value).encode()).decode()):
        read_value(wrapped, is_signed=is_signed)
        is_signed_value(raw_value=wrapped, form="Raw", is_number=False)


@unhurried
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["transactionData", "meterValue", "sampledValue", "value", "format"]),
            json_values,
            max_size=4,
        ),
        max_size=3,
    )
)
def test_collect_when_messages_are_anything_then_no_error(payloads: list[dict[str, Any]]) -> None:
    assert all(record.text for record in collect_signed_data(payloads).records)


@unhurried
@given(json_values)
def test_configuration_when_anything_then_no_error(answer: Any) -> None:
    found = [*keys_in_configuration(answer), *keys_in_configuration({"configurationKey": answer})]
    assert all(connector >= 0 and key.hex for connector, key in found)


@unhurried
@given(st.lists(texts, max_size=3), texts)
def test_container_when_anything_then_xml(records: list[str], key: str) -> None:
    root = ElementTree.fromstring(write_container(records, key, 1))
    assert len(root) == len(records)


def test_steps_when_a_code_is_new_then_it_has_its_step() -> None:
    assert set(STEP_OF) == set(ReasonCode) | set(WarningCode)
