"""Core profile: boot, sessions, remote control, configuration, what happens offline."""

from apps.vocabulary.commands import Command
from tests.ocpp.conformance.cases import case
from tests.ocpp.conformance.posts import ACCEPTED, CardMaker, Dial, Post
from tests.ocpp.gateway.clients import time_text

UNLOCK = ("UnlockConnector", {"connectorId": 1})
KEY_60 = {"key": "MeterValueSampleInterval", "value": "60"}


def is_started(post: Post, answer: str = "Accepted") -> None:
    """Command a start on connector 1."""
    row = post.is_commanded(
        Command.REMOTE_START,
        {"id_tag": post.tag, "connector": 1},
        gets=("RemoteStartTransaction", {"idTag": post.tag, "connectorId": 1}),
        answers={"status": answer},
    )
    assert row.verdict == answer


@case("TC_001_CSMS")
def test_a_cold_boot_is_accepted_and_all_connectors_show(post: Post) -> None:
    assert "currentTime" in post.sends("Heartbeat", {})
    assert (post.station("reported_vendor"), post.station("reported_status")) == (
        "Vendor",
        "Available",
    )


@case("TC_003_CSMS")
def test_a_session_with_the_cable_first(post: Post) -> None:
    transaction_id = post.charges()
    post.meters(transaction_id)
    assert post.sessions("last_meter_wh") == [(1500,)]
    post.stops(transaction_id, "Local")
    post.unplugs()


@case("TC_004_1_CSMS")
def test_a_session_with_the_card_first(post: Post) -> None:
    assert post.authorizes() == "Accepted"
    post.reports("Preparing")
    transaction_id = post.starts()
    post.reports("Charging")
    post.stops(transaction_id, "Local")
    post.unplugs()


@case("TC_004_2_CSMS")
def test_a_card_without_a_cable_in_time_starts_nothing(post: Post) -> None:
    assert post.authorizes() == "Accepted"
    post.reports("Preparing")
    post.reports("Available")
    assert post.sessions("id") == []


@case("TC_005_1_CSMS")
def test_a_cable_pulled_at_the_vehicle_ends_the_session(post: Post) -> None:
    transaction_id = post.charges()
    post.reports("SuspendedEV")
    post.stops(transaction_id, "EVDisconnected")
    post.unplugs()


@case("TC_007_CSMS")
def test_a_session_with_a_remembered_card_needs_no_authorize(post: Post) -> None:
    post.reports("Preparing")
    transaction_id = post.starts()
    post.reports("Charging")
    post.stops(transaction_id, "Local")


@case("TC_061_CSMS")
def test_the_cache_of_cards_is_cleared(post: Post) -> None:
    post.is_commanded(Command.CLEAR_CACHE, gets=("ClearCache", {}), answers=ACCEPTED)


@case("TC_010_CSMS")
def test_a_remote_start_with_the_cable_in(post: Post) -> None:
    post.reports("Preparing")
    is_started(post)
    assert post.authorizes() == "Accepted"
    post.starts(minutes=0)
    post.reports("Charging")
    assert post.sessions("state") == [("active",)]


@case("TC_011_1_CSMS")
def test_a_remote_start_before_the_cable(post: Post) -> None:
    is_started(post)
    assert post.authorizes() == "Accepted"
    post.reports("Preparing")
    post.starts(minutes=0)
    post.reports("Charging")
    assert post.sessions("state") == [("active",)]


@case("TC_011_2_CSMS")
def test_a_remote_start_without_a_cable_in_time(post: Post) -> None:
    is_started(post)
    assert post.authorizes() == "Accepted"
    post.reports("Preparing")
    post.reports("Available")
    assert post.sessions("id") == []


@case("TC_012_CSMS")
def test_a_remote_stop(post: Post) -> None:
    transaction_id = post.charges()
    post.is_commanded(
        Command.REMOTE_STOP,
        {"transaction_id": transaction_id},
        gets=("RemoteStopTransaction", {"transactionId": transaction_id}),
        answers=ACCEPTED,
    )
    post.stops(transaction_id, "Remote")
    post.unplugs()


@case("TC_013_CSMS")
def test_a_hard_reset_breaks_the_connection_and_the_station_returns(post: Post, dial: Dial) -> None:
    transaction_id = post.charges()
    post.is_commanded(
        Command.RESTART, {"hard": True}, gets=("Reset", {"type": "Hard"}), answers=ACCEPTED
    )
    post.close()
    again = dial(post.place)
    again.stops(transaction_id, "HardReset")


@case("TC_014_CSMS")
def test_a_soft_reset_ends_sessions_first(post: Post, dial: Dial) -> None:
    transaction_id = post.charges()
    post.is_commanded(
        Command.RESTART, {"hard": False}, gets=("Reset", {"type": "Soft"}), answers=ACCEPTED
    )
    post.stops(transaction_id, "SoftReset")
    post.close()
    dial(post.place)


@case("TC_017_1_CSMS")
def test_a_connector_is_unlocked(post: Post) -> None:
    post.is_commanded(Command.UNLOCK, {"connector": 1}, gets=UNLOCK, answers={"status": "Unlocked"})


@case("TC_017_2_CSMS")
def test_a_fixed_cable_cannot_be_unlocked(post: Post) -> None:
    post.is_commanded(
        Command.UNLOCK, {"connector": 1}, gets=UNLOCK, answers={"status": "NotSupported"}
    )


@case("TC_018_1_CSMS")
def test_unlocking_ends_the_session(post: Post) -> None:
    transaction_id = post.charges()
    post.is_commanded(Command.UNLOCK, {"connector": 1}, gets=UNLOCK, answers={"status": "Unlocked"})
    post.stops(transaction_id, "UnlockCommand")
    post.unplugs()


@case("TC_019_1_CSMS")
def test_all_parameters_are_read(post: Post) -> None:
    entry = {"key": "HeartbeatInterval", "readonly": False, "value": "300"}
    row = post.is_commanded(
        Command.GET_CONFIGURATION,
        gets=("GetConfiguration", {}),
        answers={"configurationKey": [entry], "unknownKey": []},
    )
    assert row.answer["configurationKey"] == [entry]


@case("TC_019_2_CSMS")
def test_one_parameter_is_read(post: Post) -> None:
    post.is_commanded(
        Command.GET_CONFIGURATION,
        {"keys": ["SupportedFeatureProfiles"]},
        gets=("GetConfiguration", {"key": ["SupportedFeatureProfiles"]}),
        answers={
            "configurationKey": [
                {"key": "SupportedFeatureProfiles", "readonly": True, "value": "Core"}
            ]
        },
    )


@case("TC_021_CSMS")
def test_a_parameter_is_changed(post: Post) -> None:
    post.is_commanded(
        Command.CHANGE_CONFIGURATION,
        KEY_60,
        gets=("ChangeConfiguration", KEY_60),
        answers=ACCEPTED,
    )


@case("TC_023_1_CSMS")
def test_an_unknown_card_is_invalid(post: Post) -> None:
    assert post.authorizes("NOBODY") == "Invalid"


@case("TC_023_2_CSMS")
def test_an_old_card_is_expired(post: Post, card: CardMaker) -> None:
    card("OLD", days_valid=-1)
    assert post.authorizes("OLD") == "Expired"


@case("TC_023_3_CSMS")
def test_a_blocked_card_is_blocked(post: Post, card: CardMaker) -> None:
    card("LOST", is_blocked=True)
    assert post.authorizes("LOST") == "Blocked"


@case("TC_024_CSMS")
def test_a_lock_that_fails_shows_as_a_fault(post: Post) -> None:
    post.reports("Preparing")
    post.reports("Faulted", error="ConnectorLockFailure")
    assert post.sessions("id") == []


@case("TC_026_CSMS")
def test_a_refused_remote_start_is_told(post: Post) -> None:
    is_started(post, "Rejected")


@case("TC_028_CSMS")
def test_a_refused_remote_stop_is_told_and_the_session_lasts(post: Post) -> None:
    transaction_id = post.charges()
    post.is_commanded(
        Command.REMOTE_STOP,
        {"transaction_id": transaction_id + 1},
        gets=("RemoteStopTransaction", {"transactionId": transaction_id + 1}),
        answers={"status": "Rejected"},
    )
    assert post.sessions("state") == [("active",)]


@case("TC_030_CSMS")
def test_an_unlock_that_fails_is_told(post: Post) -> None:
    row = post.is_commanded(
        Command.UNLOCK, {"connector": 1}, gets=UNLOCK, answers={"status": "UnlockFailed"}
    )
    assert row.verdict == "UnlockFailed"


@case("TC_031_CSMS")
def test_a_connector_that_is_not_there_cannot_be_unlocked(post: Post) -> None:
    post.is_commanded(
        Command.UNLOCK,
        {"connector": 9},
        gets=("UnlockConnector", {"connectorId": 9}),
        answers={"status": "NotSupported"},
    )


@case("TC_032_1_CSMS")
def test_after_a_power_failure_the_session_ends_by_the_later_stop(post: Post, dial: Dial) -> None:
    transaction_id = post.charges()
    post.close()
    again = dial(post.place)
    again.stops(transaction_id, "PowerLoss")
    assert again.sessions("transaction_id, state") == [(transaction_id, "ended")]


@case("TC_037_1_CSMS")
def test_a_start_from_offline_with_a_valid_card(post: Post, dial: Dial) -> None:
    post.close()
    again = dial(post.place)
    again.starts(minutes=-10)
    again.reports("Charging")
    assert again.sessions("state") == [("active",)]


@case("TC_037_3_CSMS")
def test_a_start_from_offline_with_an_unknown_card_is_answered_invalid(
    post: Post, dial: Dial
) -> None:
    post.close()
    again = dial(post.place)
    answer = again.start_answer("STRANGER", minutes=-10)
    assert answer["idTagInfo"]["status"] == "Invalid"
    again.stops(answer["transactionId"], "DeAuthorized", minutes=0)


@case("TC_039_CSMS")
def test_a_whole_session_from_offline_is_kept_with_its_own_times(post: Post, dial: Dial) -> None:
    post.close()
    again = dial(post.place)
    transaction_id = again.starts(minutes=-50)
    again.stops(transaction_id, "Local", minutes=-40)
    times = again.sessions("started_at, ended_at")[0]
    shown = [at.isoformat().replace("+00:00", "Z") for at in times]
    assert shown == [time_text(minutes=-50), time_text(minutes=-40)]


@case("TC_040_1_CSMS")
def test_a_parameter_that_the_station_does_not_know_is_told(post: Post) -> None:
    post.is_commanded(
        Command.CHANGE_CONFIGURATION,
        KEY_60,
        gets=("ChangeConfiguration", KEY_60),
        answers={"status": "NotSupported"},
    )


@case("TC_040_2_CSMS")
def test_a_value_that_the_station_refuses_is_told(post: Post) -> None:
    sent = {"key": "MeterValueSampleInterval", "value": "-1"}
    post.is_commanded(
        Command.CHANGE_CONFIGURATION,
        sent,
        gets=("ChangeConfiguration", sent),
        answers={"status": "Rejected"},
    )


@case("TC_064_CSMS")
def test_data_of_an_unknown_manufacturer_are_answered_and_kept(post: Post) -> None:
    payload = {"vendorId": "com.example", "messageId": "7", "data": "x"}
    assert post.sends("DataTransfer", payload) == {"status": "UnknownVendorId"}
    kept = post.place.value(
        "SELECT count(*) FROM ocpp_messageexchange "
        "WHERE station_id = %s AND action = 'DataTransfer' AND request LIKE %s",
        post.place.pk,
        '%"com.example"%',
    )
    assert kept == 1
