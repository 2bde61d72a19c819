"""Each oddity of real chargers in the field notes, over a real socket. Shared: one gateway."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from apps.emaid.models import Card
from apps.vocabulary.commands import Command
from tests.ocpp.conformance.posts import Post
from tests.ocpp.gateway.clients import (
    Charger,
    Place,
    meter_values,
    start_payload,
    stop_payload,
    time_text,
)
from tests.ocpp.gateway.places import new_place
from tests.ocpp.gateway.servers import GatewayProcess

pytestmark = pytest.mark.req("OCP-07")

SAMPLES = "SELECT {} FROM charge_records_metersample WHERE station_id = %s ORDER BY id"
FLAGS = "SELECT flags FROM ocpp_messageexchange WHERE station_id = %s AND action = %s ORDER BY id"
SESSIONS = "SELECT {} FROM charge_records_chargingsession WHERE station_id = %s ORDER BY id"


@pytest.fixture
def at() -> Place:
    return new_place()


@pytest.fixture
def odd(gateway: GatewayProcess, at: Place) -> Iterator[Charger]:
    with Charger.dial(gateway.url, at) as charger:
        yield charger


def samples(at: Place, columns: str) -> list[tuple[Any, ...]]:
    return at.rows(SAMPLES.format(columns), at.pk)


def sessions(at: Place, columns: str) -> list[tuple[Any, ...]]:
    return at.rows(SESSIONS.format(columns), at.pk)


def flags(at: Place, action: str) -> list[str]:
    """Return the flags of the newest exchange of the action."""
    found = at.rows(FLAGS, at.pk, action)[-1][0]
    return list(json.loads(found) if isinstance(found, str) else found)


def started(odd: Charger, at: Place, **fields: Any) -> int:
    answer = odd.result("StartTransaction", start_payload(idTag=at.charge_box_id, **fields))
    return int(answer["transactionId"])


@pytest.mark.parametrize("offered", [None, ["OCPP1.6"], ["ocpp1.6j"], ["ocpp2.0.1", "ocpp1.6"]])
def test_subprotocol_missing_in_another_case_or_among_others(
    gateway: GatewayProcess, at: Place, offered: list[str] | None
) -> None:
    with Charger.dial(gateway.url, at, subprotocols=offered) as charger:
        assert charger.socket.subprotocol == (offered[-1] if offered else None)


@pytest.mark.parametrize("form", ["/{}/", "/a/b/{}", "?cid={}", "/%4C%50{}", "/{}"])
def test_address_with_slash_segments_query_escapes_or_small_letters(
    gateway: GatewayProcess, at: Place, form: str
) -> None:
    name = at.charge_box_id.removeprefix("LP") if "%4C" in form else at.charge_box_id
    name = name.lower() if form == "/{}" else name
    path = "/device/ocpp16" + form.format(name)
    with Charger.dial(gateway.url, at, path=path) as charger:
        assert "currentTime" in charger.result("Heartbeat", {})


def test_no_boot_after_a_reconnect_and_frames_before_boot(odd: Charger, at: Place) -> None:
    odd.status(1, "Available")
    assert started(odd, at) > 0


def test_payload_null(odd: Charger) -> None:
    assert odd.raw('[2,"n","Heartbeat",null]')[:2] == [3, "n"]


def test_serial_numbers_that_are_too_long_are_kept_whole(odd: Charger, at: Place) -> None:
    names = {"chargePointVendor": "V" * 60, "chargePointModel": "M", "iccid": "8" * 60}
    assert odd.result("BootNotification", names)["status"] == "Accepted"
    statement = "SELECT reported_vendor, iccid FROM infrastructure_station WHERE id = %s"
    assert at.rows(statement, at.pk) == [("V" * 60, "8" * 60)]
    assert "too_long:iccid" in flags(at, "BootNotification")


def test_unknown_measurand_context_and_unit_are_kept(odd: Charger, at: Place) -> None:
    sample = {"value": "50", "measurand": "Frequency", "unit": "Hz", "context": "Odd"}
    group = {"timestamp": time_text(), "sampledValue": [sample]}
    odd.result("MeterValues", {"connectorId": 1, "meterValue": [group]})
    assert samples(at, "measurand, unit") == [("Frequency", "Hz")]
    assert "enum_unknown:unit" in flags(at, "MeterValues")


def test_vendor_data_as_an_object(odd: Charger, at: Place) -> None:
    answer = odd.result("DataTransfer", {"vendorId": "v", "data": {"a": 1}})
    assert answer == {"status": "UnknownVendorId"}
    assert "wrong_type:data" in flags(at, "DataTransfer")


def test_values_for_value_blanks_no_time_and_a_single_object(odd: Charger, at: Place) -> None:
    group = {"values": {"value": " 12,5 "}}
    odd.result("MeterValues", {"connectorId": 1, "meterValue": group})
    assert [float(value) for (value,) in samples(at, "value")] == [12.5]


def test_samples_out_of_order_are_sorted(odd: Charger, at: Place) -> None:
    transaction_id = started(odd, at)
    groups = [
        {"timestamp": time_text(minutes=minutes), "sampledValue": [{"value": value}]}
        for minutes, value in ((-10, "1700"), (-20, "1500"))
    ]
    odd.result(
        "MeterValues",
        {"connectorId": 1, "transactionId": transaction_id, "meterValue": groups},
    )
    assert sessions(at, "last_meter_wh") == [(1700,)]


@pytest.mark.parametrize("odd_id", [0, -1, None, 2**63 - 1])
def test_meter_values_of_an_odd_transaction_are_kept(
    odd: Charger, at: Place, odd_id: int | None
) -> None:
    transaction_id = started(odd, at)
    odd.result("MeterValues", meter_values(transactionId=odd_id))
    expected = transaction_id if odd_id in (0, -1, None) else odd_id
    assert {row[0] for row in samples(at, "transaction_id")} == {expected}


@pytest.mark.parametrize("odd_id", [0, -1, None, 2**63 - 1, 987654321])
def test_a_stop_of_an_odd_or_unknown_transaction_is_answered_and_ends_no_other(
    odd: Charger, at: Place, odd_id: int | None
) -> None:
    started(odd, at)
    odd.result("StopTransaction", {**stop_payload(0), "transactionId": odd_id})
    assert len(at.rows(FLAGS, at.pk, "StopTransaction")) == 1
    assert sessions(at, "state")[0] == ("active",)


def test_a_start_and_a_stop_again_are_one_session(odd: Charger, at: Place) -> None:
    first, second = started(odd, at), started(odd, at)
    assert first == second
    for _ in range(2):
        odd.result("StopTransaction", stop_payload(first))
    odd.result("StopTransaction", stop_payload(first, meterStop=9999))
    assert sessions(at, "state, meter_stop_wh") == [("ended", 3000)]


def test_a_refused_card_gets_a_positive_transaction_all_the_same(odd: Charger) -> None:
    answer = odd.result("StartTransaction", start_payload(idTag="NOBODY"))
    assert answer["idTagInfo"]["status"] == "Invalid"
    assert answer["transactionId"] > 0


@pytest.mark.parametrize(
    "change",
    [{"meterStop": 5}, {"timestamp": time_text(minutes=-90)}, {"timestamp": time_text(minutes=60)}],
)
def test_a_stop_below_before_or_ahead_is_stored(
    odd: Charger, at: Place, change: dict[str, Any]
) -> None:
    odd.result("StopTransaction", stop_payload(started(odd, at), **change))
    assert sessions(at, "state, meter_stop_wh") == [("ended", change.get("meterStop", 3000))]


def test_a_stop_without_a_reason(odd: Charger, at: Place) -> None:
    odd.result("StopTransaction", stop_payload(started(odd, at)))
    assert sessions(at, "stop_reason") == [("",)]


def test_connector_0_is_the_station_and_in_meter_values_the_only_connector(
    odd: Charger, at: Place
) -> None:
    odd.status(0, "Unavailable")
    statement = "SELECT reported_status FROM infrastructure_station WHERE id = %s"
    assert at.value(statement, at.pk) == "Unavailable"
    odd.status(1, "Available")
    transaction_id = started(odd, at)
    odd.result("MeterValues", {**meter_values(), "connectorId": 0})
    assert {row[0] for row in samples(at, "transaction_id")} == {transaction_id}


def test_a_stale_status_does_not_rewind(odd: Charger, at: Place) -> None:
    odd.status(1, "Charging", timestamp=time_text(minutes=-1))
    odd.status(1, "Preparing", timestamp=time_text(minutes=-9))
    statement = "SELECT status FROM infrastructure_connector WHERE station_id = %s"
    assert at.value(statement, at.pk) == "Charging"


@pytest.mark.parametrize(
    "time, flag",
    [
        ("1970-01-01T00:00:00Z", "time_implausible"),
        ("22222-01-01T00:00:00Z", "time_unparsable"),
        ("2026-03-09T08:00:00", "time_without_zone"),
        ("2026-03-09 08:00:00Z", "time_not_rfc3339"),
    ],
)
def test_odd_times_are_flagged_and_the_text_is_kept(
    odd: Charger, at: Place, time: str, flag: str
) -> None:
    assert started(odd, at, timestamp=time) > 0
    assert flag in flags(at, "StartTransaction")


@pytest.mark.parametrize("vendor, suffix", [("KEBA AG", "_12345678"), ("Other", ";7")])
def test_what_a_model_appends_to_the_id_tag_is_no_part_of_it(
    odd: Charger, at: Place, vendor: str, suffix: str
) -> None:
    odd.result("BootNotification", {"chargePointVendor": vendor, "chargePointModel": "M"})
    answer = odd.result("Authorize", {"idTag": at.charge_box_id.lower() + suffix})
    assert answer["idTagInfo"]["status"] == "Accepted"


def test_an_underscore_of_another_model_belongs_to_the_id_tag(odd: Charger, at: Place) -> None:
    answer = odd.result("Authorize", {"idTag": at.charge_box_id + "_1"})
    assert answer["idTagInfo"]["status"] == "Invalid"


def test_a_uid_in_the_other_byte_order_is_the_same_card(odd: Charger, at: Place) -> None:
    at.look(lambda: Card.objects.create(tag="04A2B3C4D5E6F7"))
    answer = odd.result("Authorize", {"idTag": "F7E6D5C4B3A204"})
    assert answer["idTagInfo"]["status"] == "Accepted"


def test_clock_aligned_samples_keep_their_context(odd: Charger, at: Place) -> None:
    sample = {"value": "1", "context": "Sample.Clock"}
    group = {"timestamp": time_text(), "sampledValue": sample}
    odd.result("MeterValues", {"connectorId": 1, "meterValue": [group]})
    assert samples(at, "context") == [("Sample.Clock",)]


@pytest.mark.parametrize(
    "vendor, limit, level", [("KEBA", 16000, 3), ("EVBox", 160, 3), ("Wallbox", 16, 0)]
)
def test_limits_and_stack_levels_are_sent_as_the_model_takes_them(
    odd: Charger, at: Place, vendor: str, limit: float, level: int
) -> None:
    post = Post(odd, at)
    odd.result("BootNotification", {"chargePointVendor": vendor, "chargePointModel": "M"})
    profile = {"id": 1, "stack_level": 3, "purpose": "default", "kind": "relative", "unit": "A"}
    periods = [{"start_s": 0, "limit": 16}]
    pk = post.queues(
        Command.SET_CHARGING_PROFILE, {"connector": 1, "profile": {**profile, "periods": periods}}
    )
    frame = odd.command()
    sent = frame[3]["csChargingProfiles"]
    assert sent["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] == limit
    assert sent["stackLevel"] == level
    odd.reply(frame, {"status": "Accepted"})
    assert post.ended(pk).verdict == "Accepted"


@pytest.mark.parametrize("rest", ['"Whatever"', "null,null", '"GenericError"', '5,[],"x"'])
def test_an_error_with_missing_or_unknown_fields_ends_the_command(
    odd: Charger, at: Place, rest: str
) -> None:
    post = Post(odd, at)
    pk = post.queues(Command.CLEAR_CACHE, {})
    odd.socket.send(f'[4,"{odd.command()[1]}",{rest}]')
    assert post.ended(pk).status == "rejected"
    assert "currentTime" in odd.result("Heartbeat", {})


def test_a_burst_of_first_messages_makes_each_connector_once(odd: Charger, at: Place) -> None:
    sent = [
        odd.send(
            "StatusNotification", {"connectorId": n, "errorCode": "NoError", "status": "Available"}
        )
        for n in (1, 2, 3, 2, 3, 1)
    ]
    for message_id in sent:
        assert odd.answer_to(message_id)[0] == 3
    statement = "SELECT number FROM infrastructure_connector WHERE station_id = %s ORDER BY number"
    assert at.rows(statement, at.pk) == [(1,), (2,), (3,)]


def test_another_board_at_boot_is_accepted(odd: Charger, at: Place) -> None:
    for serial in ("A1", "B2"):
        names = {"chargePointVendor": "V", "chargePointModel": serial}
        assert odd.result("BootNotification", names)["status"] == "Accepted"
    statement = "SELECT reported_model FROM infrastructure_station WHERE id = %s"
    assert at.value(statement, at.pk) == "B2"


def test_a_certificate_request_is_refused_where_nobody_signs(odd: Charger) -> None:
    assert odd.result("SignCertificate", {"csr": "PEM"}) == {"status": "Rejected"}


def test_a_late_stop_ends_the_session_whatever_the_connector_shows(odd: Charger, at: Place) -> None:
    transaction_id = started(odd, at)
    odd.status(1, "Available")
    odd.result("StopTransaction", stop_payload(transaction_id))
    assert sessions(at, "state, meter_stop_wh") == [("ended", 3000)]
