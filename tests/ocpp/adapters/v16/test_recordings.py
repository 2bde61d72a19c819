"""Every message of OCPP 1.6 and its security extension is recorded: valid, wrong, with its answer.

The list of messages is that of the official schemas, so a new one shows here as missing.
"""

from typing import Any

import pytest

from apps.ocpp.schemas import FROM_CHARGER, TO_CHARGER, Kind, validate
from tests.ocpp.adapters.v16.recorded import recordings

pytestmark = pytest.mark.req("OCP-01")

FROM = {file["action"]: file for file in recordings("from charger")}
TO: dict[str, list[dict[str, Any]]] = {}
for recorded in recordings("to charger"):
    TO.setdefault(recorded["action"], []).append(recorded)


def test_both_ways_are_recorded_for_every_message_of_the_schemas() -> None:
    """14 messages come from chargers, 26 go to them, DataTransfer does both."""
    assert (len(FROM_CHARGER), len(TO_CHARGER)) == (14, 26)
    assert (set(FROM), set(TO)) == (FROM_CHARGER, TO_CHARGER)


@pytest.mark.parametrize("action", sorted(FROM_CHARGER))
def test_what_a_charger_sends_is_recorded_valid_wrong_and_answered(action: str) -> None:
    file = FROM[action]
    assert file["valid"]
    assert file["round_trip"]
    assert file["invalid"] or action == "Heartbeat"
    for frame in file["valid"]:
        assert validate(action, Kind.REQUEST, frame[3]).ok, frame
    assert validate(action, Kind.RESPONSE, file["round_trip"]["answer"][2]).ok


@pytest.mark.parametrize("action", sorted(TO_CHARGER))
def test_what_we_send_is_recorded_valid_wrong_and_answered(action: str) -> None:
    for file in TO[action]:
        assert file["round_trips"]
        has_fields = any(entry["payload"] for entry in file["round_trips"])
        assert file["invalid"] or not has_fields, "parameters that cannot be sent"
        for entry in file["round_trips"]:
            assert validate(action, Kind.RESPONSE, entry["answer"]).ok, entry
