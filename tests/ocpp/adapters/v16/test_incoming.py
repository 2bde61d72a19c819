"""Recorded requests of chargers: judged, decoded, answered."""

import dataclasses
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.ocpp.adapters import v16
from apps.ocpp.frames import Call, ErrorCode, parse
from apps.ocpp.schemas import FROM_CHARGER, Kind, validate
from apps.vocabulary import events
from apps.vocabulary.answers import (
    Answer,
    AuthorizationAnswer,
    AuthorizationStatus,
    BootAnswer,
    DataAnswer,
    DataStatus,
    EmptyAnswer,
    HeartbeatAnswer,
    RegistrationStatus,
    StartAnswer,
    StopAnswer,
)
from tests.ocpp.adapters.v16.recorded import recordings

pytestmark = [pytest.mark.req("OCP-01"), pytest.mark.req("OCP-07")]

NOW = datetime(2026, 3, 9, 8, 0, 5, tzinfo=UTC)
FILES = recordings("from charger")
ACCEPTED = AuthorizationAnswer(status=AuthorizationStatus.ACCEPTED)
ANSWERS: dict[str, Answer] = {
    "Authorize": AuthorizationAnswer(
        status=AuthorizationStatus.ACCEPTED,
        expires_at=datetime(2026, 4, 1, tzinfo=UTC),
        parent_id_tag="FLEET",
    ),
    "BootNotification": BootAnswer(status=RegistrationStatus.ACCEPTED, interval_s=300, now=NOW),
    "DataTransfer": DataAnswer(status=DataStatus.UNKNOWN_VENDOR_ID),
    "Heartbeat": HeartbeatAnswer(now=NOW),
    "SignCertificate": DataAnswer(status=DataStatus.REJECTED),
    "StartTransaction": StartAnswer(transaction_id=4711, authorization=ACCEPTED),
    "StopTransaction": StopAnswer(authorization=ACCEPTED),
}


def frames(kind: str) -> list[Any]:
    return [
        pytest.param(entry, id=f"{file['action']}-{number}")
        for file in FILES
        for number, entry in enumerate(file[kind])
    ]


def received(frame: list[Any]) -> Call:
    call = parse(json.dumps(frame))
    assert isinstance(call, Call)
    return call


def decoded(call: Call) -> events.Event:
    verdict = v16.judge(call.action, call.payload)
    assert verdict.ok, verdict
    return v16.decode(call.action, call.payload, NOW, flags=verdict.flags)


def as_json(value: Any) -> Any:
    """Return an event as it is written in the recordings: times and decimals as text."""
    if isinstance(value, tuple):
        return [as_json(item) for item in value]
    if isinstance(value, (datetime, Decimal)):
        return str(value)
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
        return {name: as_json(getattr(value, name)) for name in names}
    return value


def assert_holds(actual: Any, expected: Any) -> None:
    if isinstance(expected, dict):
        for key, value in expected.items():
            assert_holds(actual[key], value)
    elif isinstance(expected, list):
        assert len(actual) == len(expected)
        for one, other in zip(actual, expected, strict=True):
            assert_holds(one, other)
    else:
        assert actual == expected


def test_recordings_cover_every_message_of_a_charger() -> None:
    assert {file["action"] for file in FILES} == FROM_CHARGER


@pytest.mark.parametrize("frame", frames("valid"))
def test_judge_when_valid_then_no_flag(frame: list[Any]) -> None:
    assert decoded(received(frame)).flags == ()


@pytest.mark.parametrize("entry", frames("forgiven"))
def test_judge_when_odd_then_taken_in_and_flagged(entry: dict[str, Any]) -> None:
    assert sorted(decoded(received(entry["frame"])).flags) == sorted(entry["flags"])


@pytest.mark.parametrize("entry", frames("invalid"))
def test_judge_when_unusable_then_error_code(entry: dict[str, Any]) -> None:
    call = received(entry["frame"])
    verdict = v16.judge(call.action, call.payload)
    assert (verdict.ok, verdict.code) == (False, entry["code"])
    assert verdict.reason


@pytest.mark.parametrize("file", FILES, ids=lambda file: file["action"])
def test_decode_when_recorded_then_event(file: dict[str, Any]) -> None:
    expected = dict(file["round_trip"]["event"])
    event = decoded(received(file["round_trip"]["request"]))
    if "type" in expected and not hasattr(event, "type"):
        assert type(event).__name__ == expected.pop("type")
    else:
        assert isinstance(event, events.SecurityEventReported)
        assert event.type == "SettingSystemTime"
        expected.pop("type")
    assert_holds(as_json(event), expected)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file["action"])
def test_encode_answer_when_recorded_then_payload_that_fits_the_schema(
    file: dict[str, Any],
) -> None:
    action = file["action"]
    payload = v16.encode_answer(action, ANSWERS.get(action, EmptyAnswer()))
    assert payload == file["round_trip"]["answer"][2]
    assert validate(action, Kind.RESPONSE, payload).ok


@pytest.mark.parametrize("status", AuthorizationStatus)
def test_encode_answer_when_any_authorization_then_fits_the_schema(
    status: AuthorizationStatus,
) -> None:
    answer = StartAnswer(transaction_id=1, authorization=AuthorizationAnswer(status=status))
    payload = v16.encode_answer("StartTransaction", answer)
    assert validate("StartTransaction", Kind.RESPONSE, payload).ok


@pytest.mark.parametrize("status", RegistrationStatus)
def test_encode_answer_when_any_registration_then_fits_the_schema(
    status: RegistrationStatus,
) -> None:
    payload = v16.encode_answer(
        "BootNotification", BootAnswer(status=status, interval_s=60, now=NOW)
    )
    assert validate("BootNotification", Kind.RESPONSE, payload).ok


@pytest.mark.parametrize("status", DataStatus)
def test_encode_answer_when_any_data_status_then_fits_the_schema(status: DataStatus) -> None:
    payload = v16.encode_answer("DataTransfer", DataAnswer(status=status, data="pong"))
    assert validate("DataTransfer", Kind.RESPONSE, payload).ok
    csr = v16.encode_answer("SignCertificate", DataAnswer(status=status, data="pong"))
    assert validate("SignCertificate", Kind.RESPONSE, csr).ok


def test_encode_answer_when_stop_names_no_medium_then_empty() -> None:
    assert v16.encode_answer("StopTransaction", StopAnswer()) == {}


def test_judge_when_nobody_sends_it_then_not_implemented_or_not_supported() -> None:
    assert v16.judge("Nonsense", {}).code is ErrorCode.NOT_IMPLEMENTED
    assert v16.judge("Reset", {"type": "Soft"}).code is ErrorCode.NOT_SUPPORTED


@pytest.mark.req("OCP-06")
def test_billing_fields_usable_tells_what_cannot_be_billed() -> None:
    assert v16.billing_fields_usable(
        "StartTransaction", {"connectorId": 1, "idTag": "x" * 40, "meterStart": 0}
    )
    assert not v16.billing_fields_usable("StartTransaction", {"connectorId": 1, "meterStart": 0})
    assert v16.billing_fields_usable("StopTransaction", {"transactionId": None, "meterStop": 1})
    assert not v16.billing_fields_usable("StopTransaction", {"meterStop": 1})
    assert not v16.billing_fields_usable("StopTransaction", {"transactionId": 1})


def test_decode_when_time_unreadable_then_time_of_receipt_and_raw_kept() -> None:
    payload = {"connectorId": 1, "idTag": "A", "meterStart": 1, "timestamp": "22222-01-01"}
    event = decoded(Call("1", "StartTransaction", payload))
    assert isinstance(event, events.TransactionStarted)
    assert (event.at, event.at_raw) == (NOW, "22222-01-01")


def test_decode_when_text_holds_nul_then_storable() -> None:
    call = parse('[2,"1","DataTransfer",{"vendorId":"a\\u0000","data":"\\u0000"}]')
    assert isinstance(call, Call)
    event = decoded(call)
    assert isinstance(event, events.DataReceived)
    assert (event.vendor_id, event.data) == ("a\ufffd", "\ufffd")


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
    | st.sampled_from(["1", "12.5", "2026-03-09T08:00:00Z", "Wh", "kWh", "x" * 300, "\x00"])
)
KEYS = st.sampled_from(
    [
        *("connectorId", "idTag", "meterStart", "meterStop", "timestamp", "transactionId"),
        *("reason", "transactionData", "meterValue", "sampledValue", "value", "values", "unit"),
        *("measurand", "context", "format", "status", "errorCode", "info", "vendorId", "data"),
        *("chargePointVendor", "chargePointModel", "reservationId", "csr", "type", "requestId"),
    ]
)
PAYLOADS = st.recursive(
    st.dictionaries(KEYS, SCALARS, max_size=8),
    lambda inner: st.dictionaries(KEYS, SCALARS | inner | st.lists(inner | SCALARS, max_size=3)),
    max_leaves=12,
)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(sorted(FROM_CHARGER)), PAYLOADS)
def test_intake_when_any_message_then_refused_with_code_or_decoded_within_limits(
    action: str, payload: dict[str, Any]
) -> None:
    call = parse(json.dumps([2, "1", action, payload]))
    if not isinstance(call, Call):
        return
    verdict = v16.judge(call.action, call.payload)
    if not verdict.ok:
        assert verdict.code in ErrorCode
        return
    event = v16.decode(call.action, call.payload, NOW, flags=verdict.flags)
    text = json.dumps(as_json(event), ensure_ascii=False)
    assert "\\u0000" not in text
    assert 0 <= getattr(event, "connector", 0) <= events.CONNECTOR_MAX
    for name in ("meter_start_wh", "meter_stop_wh", "transaction_id", "request_id"):
        assert abs(getattr(event, name, 0) or 0) < 2**63


@settings(max_examples=500, deadline=None)
@given(PAYLOADS)
def test_intake_when_billing_fields_are_there_then_any_other_field_may_be_anything(
    noise: dict[str, Any],
) -> None:
    essential = {"connectorId": 1, "idTag": "A", "meterStart": 5}
    call = parse(json.dumps([2, "1", "StartTransaction", noise | essential]))
    assert isinstance(call, Call)
    event = decoded(call)
    assert isinstance(event, events.TransactionStarted)
    assert (event.connector, event.id_tag, event.meter_start_wh) == (1, "A", 5)
