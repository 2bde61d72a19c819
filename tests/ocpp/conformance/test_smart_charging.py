"""Smart charging: profiles set, laid on a start, read back, cleared."""

from typing import Any

from apps.vocabulary.commands import Command
from tests.ocpp.conformance.cases import case
from tests.ocpp.conformance.posts import ACCEPTED, Post
from tests.ocpp.gateway.clients import time_text

PERIODS = [{"start_s": 0, "limit": 6}, {"start_s": 60, "limit": 10.5, "phases": 1}]
PERIODS_SENT = [
    {"startPeriod": 0, "limit": 6.0},
    {"startPeriod": 60, "limit": 10.5, "numberPhases": 1},
]


def profile(purpose: str, **fields: Any) -> dict[str, Any]:
    kind = {"id": 5, "stack_level": 0, "purpose": purpose, "kind": "relative"}
    return {**kind, "unit": "A", "periods": PERIODS, **fields}


def profile_sent(purpose: str, **fields: Any) -> dict[str, Any]:
    return {
        "chargingProfileId": 5,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Relative",
        "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": PERIODS_SENT},
        **fields,
    }


def is_limited(post: Post, given: dict[str, Any], sent: dict[str, Any]) -> None:
    """Command a profile for connector 1."""
    post.is_commanded(
        Command.SET_CHARGING_PROFILE,
        {"connector": 1, "profile": given},
        gets=("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": sent}),
        answers=ACCEPTED,
    )


@case("TC_056_CSMS")
def test_a_default_profile_is_set(post: Post) -> None:
    is_limited(post, profile("default"), profile_sent("TxDefaultProfile"))


@case("TC_057_CSMS")
def test_a_running_transaction_gets_its_profile(post: Post) -> None:
    transaction_id = post.charges()
    is_limited(
        post,
        profile("transaction", transaction_id=transaction_id),
        profile_sent("TxProfile", transactionId=transaction_id),
    )


@case("TC_059_CSMS")
def test_a_remote_start_brings_its_profile(post: Post) -> None:
    post.reports("Preparing")
    post.is_commanded(
        Command.REMOTE_START,
        {"id_tag": post.tag, "connector": 1, "charging_profile": profile("transaction")},
        gets=(
            "RemoteStartTransaction",
            {"idTag": post.tag, "connectorId": 1, "chargingProfile": profile_sent("TxProfile")},
        ),
        answers=ACCEPTED,
    )
    post.starts(minutes=0)
    post.reports("Charging")
    assert post.sessions("state") == [("active",)]


@case("TC_066_CSMS")
def test_the_composite_schedule_is_read(post: Post) -> None:
    is_limited(post, profile("default"), profile_sent("TxDefaultProfile"))
    schedule = {"chargingRateUnit": "A", "duration": 300, "chargingSchedulePeriod": PERIODS_SENT}
    row = post.is_commanded(
        Command.GET_COMPOSITE_SCHEDULE,
        {"connector": 1, "duration_s": 300, "unit": "A"},
        gets=(
            "GetCompositeSchedule",
            {"connectorId": 1, "duration": 300, "chargingRateUnit": "A"},
        ),
        answers={
            "status": "Accepted",
            "connectorId": 1,
            "scheduleStart": time_text(),
            "chargingSchedule": schedule,
        },
    )
    assert row.answer["chargingSchedule"] == schedule


@case("TC_067_CSMS")
def test_profiles_are_cleared_by_id_by_purpose_and_all(post: Post) -> None:
    is_limited(post, profile("default"), profile_sent("TxDefaultProfile"))
    by_purpose = {"connector": 1, "purpose": "default", "stack_level": 0}
    purpose_sent = {
        "connectorId": 1,
        "chargingProfilePurpose": "TxDefaultProfile",
        "stackLevel": 0,
    }
    for given, sent, status in (
        ({"id": 5}, {"id": 5}, "Accepted"),
        (by_purpose, purpose_sent, "Unknown"),
        ({}, {}, "Accepted"),
    ):
        post.is_commanded(
            Command.CLEAR_CHARGING_PROFILE,
            given,
            gets=("ClearChargingProfile", sent),
            answers={"status": status},
        )
