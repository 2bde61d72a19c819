"""The frame parser: what is read, what is forgiven, what is refused, and that nothing raises."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.ocpp.frames import (
    REPAIR_MAX,
    SURROGATE_REPLACED,
    Call,
    CallError,
    CallResult,
    ErrorCode,
    Malformed,
    parse,
    serialise,
    storable,
)

pytestmark = [pytest.mark.req("OCP-01"), pytest.mark.req("OCP-07")]

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: (
        st.lists(children, max_size=5) | st.dictionaries(st.text(), children, max_size=5)
    ),
    max_leaves=20,
)


@pytest.mark.parametrize(
    "message, frame",
    [
        ('[2,"1","Heartbeat",{}]', Call("1", "Heartbeat", {})),
        ('[2,"1","Heartbeat",null]', Call("1", "Heartbeat", {})),
        (b' [2, "1", "Heartbeat", {}]\n', Call("1", "Heartbeat", {})),
        ('[2,"1","A",{"a":1,"a":2}]', Call("1", "A", {"a": 2})),
        ('[3,"1",{"status":"Accepted"}]', CallResult("1", {"status": "Accepted"})),
        ('[3,"1",null]', CallResult("1", {})),
        ('[3,"1"]', CallResult("1", {})),
        ('[4,"1","GenericError","why",{"a":1}]', CallError("1", "GenericError", "why", {"a": 1})),
        ('[4,"1","Unheard",null,"x"]', CallError("1", "Unheard")),
        ('[4,"1"]', CallError("1", "")),
    ],
)
def test_parse_when_readable_then_frame(message: str | bytes, frame: object) -> None:
    assert parse(message) == frame


@pytest.mark.parametrize(
    "message, code, message_id, is_answer",
    [
        ("", ErrorCode.FORMATION_VIOLATION, "-1", False),
        ("{}", ErrorCode.FORMATION_VIOLATION, "-1", False),
        ("[]", ErrorCode.FORMATION_VIOLATION, "-1", False),
        ("null", ErrorCode.FORMATION_VIOLATION, "-1", False),
        ('[2,"7","A",{', ErrorCode.FORMATION_VIOLATION, "7", False),
        ('[2,"7","A",{"x":NaN}]', ErrorCode.FORMATION_VIOLATION, "7", False),
        ('[2,"7","A",{"x":1e999}]', ErrorCode.FORMATION_VIOLATION, "7", False),
        ('[2,"7","A",{"x":"\\ud800"', ErrorCode.FORMATION_VIOLATION, "7", False),
        ('[2,"7","A",{"x":"\\ud800","y":NaN}]', ErrorCode.FORMATION_VIOLATION, "7", False),
        ('[2,"7","A",{"x":"\\ud800","y":1e999}]', ErrorCode.FORMATION_VIOLATION, "7", False),
        ('[2,"7","A",{"x":"\\ud80"}]', ErrorCode.FORMATION_VIOLATION, "7", False),
        ('[2,"7","A",{"x":"\x00"}]', ErrorCode.FORMATION_VIOLATION, "7", False),
        ('[2,"7","A","\ud800"]', ErrorCode.FORMATION_VIOLATION, "7", False),
        (b'[2,"7","A",{"x":"\xff"}]', ErrorCode.FORMATION_VIOLATION, "7", False),
        (b"\x00\xff\xfe", ErrorCode.FORMATION_VIOLATION, "-1", False),
        ('[3,"7",{', ErrorCode.FORMATION_VIOLATION, "7", True),
        ('[3,"7",[]]', ErrorCode.FORMATION_VIOLATION, "7", True),
        ('[4,null,"GenericError"]', ErrorCode.FORMATION_VIOLATION, "-1", True),
        ("[2]", ErrorCode.FORMATION_VIOLATION, "-1", False),
        ('[2,"7"]', ErrorCode.FORMATION_VIOLATION, "7", False),
        ('[2,"7","A"]', ErrorCode.FORMATION_VIOLATION, "7", False),
        ('[2,"7","A",{},{}]', ErrorCode.FORMATION_VIOLATION, "7", False),
        ('[2,"7","A",[]]', ErrorCode.FORMATION_VIOLATION, "7", False),
        ('[2,"7","A","text"]', ErrorCode.FORMATION_VIOLATION, "7", False),
        ('[2,"7",5,{}]', ErrorCode.FORMATION_VIOLATION, "7", False),
        ('[2,7,"A",{}]', ErrorCode.FORMATION_VIOLATION, "7", False),
        ('[2,"","A",{}]', ErrorCode.FORMATION_VIOLATION, "-1", False),
        (f'[2,"{"m" * 37}","A",{{}}]', ErrorCode.FORMATION_VIOLATION, "m" * 37, False),
        ('[5,"7","A",{}]', ErrorCode.PROTOCOL_ERROR, "7", False),
        ('["2","7","A",{}]', ErrorCode.PROTOCOL_ERROR, "7", False),
        ('[true,"7","A",{}]', ErrorCode.PROTOCOL_ERROR, "7", False),
        ('[[2],"7","A",{}]', ErrorCode.PROTOCOL_ERROR, "7", False),
    ],
)
def test_parse_when_malformed_then_code_and_best_id(
    message: str | bytes, code: ErrorCode, message_id: str, is_answer: bool
) -> None:
    frame = parse(message)
    assert isinstance(frame, Malformed)
    assert (frame.code, frame.message_id, frame.is_answer) == (code, message_id, is_answer)
    assert frame.reason == storable(frame.reason) != ""


@pytest.mark.req("OCP-06")
@pytest.mark.parametrize(
    "sent, read",
    [
        (r"\ud800", "\ufffd"),
        (r"a\uD800b", "a\ufffdb"),
        (r"\udc00\ud800", "\ufffd\ufffd"),
        (r"\ud800\ud83d\udd0c", "\ufffd\U0001f50c"),
        (r"\ud800\u0041", "\ufffdA"),
        (r"\\ud800\ud800", "\\ud800\ufffd"),
        (r"\\\ud800", "\\\ufffd"),
        (r"\ud800\n\"", '\ufffd\n"'),
        ("\ud800", "\ufffd"),
    ],
)
def test_parse_when_unpaired_surrogate_then_replaced_and_flagged(sent: str, read: str) -> None:
    frame = parse(f'[2,"7","StopTransaction",{{"meterStop":12250,"idTag":"{sent}"}}]')
    payload = {"meterStop": 12250, "idTag": read}
    assert frame == Call("7", "StopTransaction", payload, flags=(SURROGATE_REPLACED,))


def test_parse_when_unpaired_surrogate_in_bytes_or_answers_then_flagged() -> None:
    flags = (SURROGATE_REPLACED,)
    assert parse(rb'[3,"7",{"x":"\ud800"}]') == CallResult("7", {"x": "\ufffd"}, flags)
    assert parse(r'[4,"7","E","\ud800"]') == CallError("7", "E", "\ufffd", {}, flags)


def test_parse_when_surrogates_paired_or_escaped_then_no_flag() -> None:
    assert parse(r'[2,"7","A",{"x":"\ud83d\udd0c \\ud800"}]') == Call(
        "7", "A", {"x": "\U0001f50c \\ud800"}
    )


def test_parse_when_unpaired_surrogate_then_limits_stay() -> None:
    plain = f'[2,"7","A",{{"n":{2**70},"m":{2**64 - 1}}}]'
    odd = f'[2,"7","A",{{"n":{2**70},"m":{2**64 - 1},"x":"\\ud800"}}]'
    usual, mended = parse(plain), parse(odd)
    assert isinstance(usual, Call)
    assert isinstance(mended, Call)
    assert mended.payload == usual.payload | {"x": "\ufffd"}
    for depth in (40, 900, 5_000, 100_000):
        deep = f'[2,"7","A",{{"x":"\\ud800","data":{"[" * depth}{"]" * depth}}}]'
        assert isinstance(parse(deep), Malformed)


def test_parse_when_unpaired_surrogate_and_too_long_then_malformed() -> None:
    frame = parse(f'[2,"7","A",{{"x":"\\ud800{"x" * REPAIR_MAX}"}}]')
    assert isinstance(frame, Malformed)
    assert frame.message_id == "7"


@pytest.mark.parametrize("depth", [40, 900, 5_000, 100_000])
def test_parse_when_nested_deeply_then_malformed_with_id(depth: int) -> None:
    message = f'[2,"7","DataTransfer",{{"data":{"[" * depth}{"]" * depth}}}]'
    frame = parse(message)
    assert isinstance(frame, Malformed)
    assert (frame.code, frame.message_id) == (ErrorCode.FORMATION_VIOLATION, "7")


def test_parse_when_wide_but_flat_then_frame() -> None:
    payload = {"meterValue": [{"sampledValue": [{"value": "1"}] * 50}] * 50}
    assert parse(json.dumps([2, "1", "MeterValues", payload])) == Call("1", "MeterValues", payload)


@pytest.mark.parametrize(
    "frame",
    [
        Call("1", "Reset", {"type": "Soft"}),
        CallResult("1", {"currentTime": "2026-03-09T08:00:00.000Z"}),
        CallError("1", ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION, "idTag is missing", {"a": 1}),
    ],
)
def test_serialise_when_parsed_again_then_equal(frame: Call | CallResult | CallError) -> None:
    assert parse(serialise(frame)) == frame


def test_serialise_when_error_then_five_elements_and_short_description() -> None:
    text = serialise(CallError("1", ErrorCode.FORMATION_VIOLATION, "x" * 300))
    assert json.loads(text) == [4, "1", "FormationViolation", "x" * 255, {}]


def test_serialise_when_lone_surrogate_or_huge_number_then_still_json() -> None:
    text = serialise(Call("1", "DataTransfer", {"data": "\ud800", "n": 2**70}))
    assert json.loads(text)[3] == {"data": "\ud800", "n": 2**70}


def test_error_codes_are_spelled_as_in_1_6() -> None:
    assert ErrorCode.FORMATION_VIOLATION == "FormationViolation"
    assert ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION == "OccurenceConstraintViolation"


def test_storable_when_nul_or_surrogate_then_replaced() -> None:
    assert storable("a\x00b\ud800c\U0001f50c") == "a\ufffdb\ufffdc\U0001f50c"


@settings(deadline=None)
@given(st.text() | st.binary())
def test_parse_when_anything_then_frame(message: str | bytes) -> None:
    assert isinstance(parse(message), (Call, CallResult, CallError, Malformed))


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from([2, 3, 4]) | JSON_VALUES, max_size=6))
def test_parse_when_any_json_array_then_frame_that_can_be_answered(parts: list[object]) -> None:
    frame = parse(json.dumps(parts))
    if isinstance(frame, Malformed):
        answer = CallError(frame.message_id, frame.code, frame.reason)
        assert isinstance(parse(serialise(answer)), (CallError, Malformed))
