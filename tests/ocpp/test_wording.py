"""A sentence for each message, whatever shape it has."""

import json
from typing import Any

import pytest

from apps.ocpp.schemas import FROM_CHARGER, TO_CHARGER
from apps.ocpp.wording import FROM_STATION, TO_STATION, answer_word, pretty, sentence

pytestmark = pytest.mark.req("INF-14")


def call(action: str, payload: Any) -> str:
    return json.dumps([2, "1", action, payload])


@pytest.mark.parametrize(
    "direction, action, payload, expected",
    [
        ("in", "Heartbeat", {}, "Sign of life."),
        (
            "in",
            "StatusNotification",
            {"connectorId": 2, "status": "Faulted", "errorCode": "GroundFailure"},
            "The station reports Faulted on connector 2, error GroundFailure.",
        ),
        (
            "in",
            "StopTransaction",
            {"transactionId": 7, "meterStop": 5, "reason": "Local"},
            "Transaction 7 ended at 5 Wh: Local.",
        ),
        ("in", "StopTransaction", {}, "Transaction ? ended at ? Wh."),
        ("in", "MeterValues", {"connectorId": 1}, "Meter values of connector 1."),
        ("out", "Reset", {"type": "Soft"}, "Restart the controller (Soft)."),
        ("out", "UnlockConnector", {"connectorId": [1]}, "Unlock connector [1]."),
        ("in", "Authorize", ["no", "object"], "May card ? charge?"),
        ("in", "NoSuchMessage", {}, ""),
        ("in", "Reset", {"type": "Soft"}, ""),
    ],
)
def test_sentence_when_made_then_it_says_only_what_is_there(
    direction: str, action: str, payload: Any, expected: str
) -> None:
    assert sentence(direction, action, call(action, payload)) == expected


def test_every_message_of_both_ways_has_its_sentence() -> None:
    assert (set(FROM_STATION), set(TO_STATION)) == (FROM_CHARGER, TO_CHARGER)


def test_sentence_when_a_value_is_long_then_it_is_cut() -> None:
    made = sentence("in", "Authorize", call("Authorize", {"idTag": "x" * 500}))

    assert len(made) < 120
    assert "…" in made


@pytest.mark.parametrize(
    "answer, expected",
    [
        ('[3,"1",{"status":"Accepted"}]', "Accepted"),
        ('[3,"1",{"idTagInfo":{"status":"Blocked"}}]', "Blocked"),
        ('[3,"1",{}]', ""),
        ('[4,"1","InternalError","",{}]', ""),
        ("not json", ""),
        ("", ""),
    ],
)
def test_answer_word_when_read_then_the_status_or_nothing(answer: str, expected: str) -> None:
    assert answer_word(answer) == expected


def test_pretty_when_it_is_no_json_then_as_sent() -> None:
    assert pretty("{broken") == "{broken"
    assert pretty("[" * 100_000) == "[" * 100_000
    assert pretty('["ä"]') == '[\n  "ä"\n]'


def test_sentence_when_the_frame_is_hopeless_then_it_is_made_all_the_same() -> None:
    for text in ("", "null", "[]", "[" * 100_000, "{}", "[2]", "\x00"):
        assert sentence("in", "Authorize", text) == "May card ? charge?"
        assert answer_word(text) == ""
