"""Remote trigger: the station is asked for a message and sends it, or refuses."""

from apps.vocabulary.commands import Command
from tests.ocpp.conformance.cases import case
from tests.ocpp.conformance.posts import ACCEPTED, Post
from tests.ocpp.gateway.clients import time_text

SAMPLE = {"timestamp": time_text(), "sampledValue": [{"value": "5"}]}
# What is asked for, its word in OCPP, and what the station then sends.
TRIGGERS = [
    ("meter_values", "MeterValues", {"connectorId": 1, "meterValue": [SAMPLE]}),
    ("heartbeat", "Heartbeat", {}),
    (
        "status",
        "StatusNotification",
        {"connectorId": 1, "status": "Available", "errorCode": "NoError"},
    ),
    ("diagnostics_status", "DiagnosticsStatusNotification", {"status": "Idle"}),
    ("firmware_status", "FirmwareStatusNotification", {"status": "Idle"}),
    ("boot", "BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"}),
]


@case("TC_054_CSMS")
def test_each_message_is_asked_for_and_answered(post: Post) -> None:
    for message, word, payload in TRIGGERS:
        post.is_commanded(
            Command.TRIGGER_MESSAGE,
            {"message": message},
            gets=("TriggerMessage", {"requestedMessage": word}),
            answers=ACCEPTED,
        )
        post.sends(word, payload)


@case("TC_055_CSMS")
def test_a_station_that_sends_no_such_message_says_so(post: Post) -> None:
    row = post.is_commanded(
        Command.TRIGGER_MESSAGE,
        {"message": "meter_values", "connector": 1},
        gets=("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1}),
        answers={"status": "Rejected"},
    )
    assert row.verdict == "Rejected"
