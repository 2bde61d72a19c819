"""Frames that break the rules get the error the specification demands, and the socket lives on."""

import pytest

from tests.ocpp.gateway.clients import Charger, Place, start_payload

CASES = [
    ("", "FormationViolation"),
    ("no json", "FormationViolation"),
    ("{}", "FormationViolation"),
    ("[]", "FormationViolation"),
    ("[2]", "FormationViolation"),
    ('[2,"7"]', "FormationViolation"),
    ('[2,"7","Heartbeat"]', "FormationViolation"),
    ('[2,"7","Heartbeat",[]]', "FormationViolation"),
    ('[2,7,"Heartbeat",{}]', "FormationViolation"),
    ('[5,"7","Heartbeat",{}]', "ProtocolError"),
    ('["2","7","Heartbeat",{}]', "ProtocolError"),
    ('[2,"7","Heartbeat",' + "[" * 500 + "]" * 500 + "]", "FormationViolation"),
    ('[2,"7","Nonsense",{}]', "NotImplemented"),
    ('[2,"7","Reset",{"type":"Hard"}]', "NotSupported"),
    ('[2,"7","BootNotification",{"chargePointVendor":"V"}]', "OccurenceConstraintViolation"),
    (
        '[2,"7","StatusNotification",{"connectorId":"1","errorCode":"NoError","status":"Available"}]',
        "TypeConstraintViolation",
    ),
    (
        '[2,"7","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Odd"}]',
        "PropertyConstraintViolation",
    ),
]


@pytest.mark.req("OCP-07", "OCP-08")
@pytest.mark.parametrize("text,code", CASES)
def test_a_broken_frame_gets_its_error_and_the_socket_lives(
    charger: Charger, station: Place, text: str, code: str
) -> None:
    answer = charger.raw(text)
    assert (answer[0], answer[2]) == (4, code)
    assert answer[1] in ("7", "-1")
    assert "currentTime" in charger.result("Heartbeat", {})
    logged = station.rows(
        "SELECT error_code FROM ocpp_messageexchange WHERE station_id = %s AND outcome = 'error'",
        station.pk,
    )
    assert logged == [(code,)]


@pytest.mark.req("OCP-07")
def test_a_binary_frame_is_read_like_text(charger: Charger) -> None:
    assert charger.raw(b'[2,"b","Heartbeat",{}]')[:2] == [3, "b"]
    assert charger.raw(b"\xff\xfe")[2] == "FormationViolation"
    assert "currentTime" in charger.result("Heartbeat", {})


@pytest.mark.req("OCP-07")
def test_null_payload_is_an_empty_one(charger: Charger) -> None:
    assert charger.raw('[2,"n","Heartbeat",null]')[:2] == [3, "n"]


@pytest.mark.req("OCP-07")
def test_nul_and_lone_surrogates_are_answered_and_storable(
    charger: Charger, station: Place
) -> None:
    frame = (
        '[2,"s\\ud800\\u0000","StatusNotification",{"connectorId":1,"errorCode":"NoError",'
        '"status":"Available","info":"a\\u0000b\\udc00c"}]'
    )
    assert charger.raw(frame)[0] == 3
    assert charger.raw('[2,"x","Ho\\u0000\\ud800w",{}]')[2] == "NotImplemented"
    info = "SELECT error_info FROM infrastructure_connector WHERE station_id = %s"
    assert station.value(info, station.pk) == "a\ufffdb\ufffdc"
    start = start_payload(idTag="A\ud800B", meterStart=5)
    assert charger.result("StartTransaction", start)["transactionId"] > 0


@pytest.mark.req("OCP-07")
def test_answers_that_nobody_asked_for_are_logged_and_ignored(
    charger: Charger, station: Place
) -> None:
    charger.socket.send('[3,"nobody",{}]')
    charger.socket.send('[4,"nobody","GenericError","",{}]')
    charger.socket.send('[3,"nobody"')
    assert "currentTime" in charger.result("Heartbeat", {})
    flags = station.rows(
        "SELECT flags->>0 FROM ocpp_messageexchange WHERE station_id = %s AND action = ''",
        station.pk,
    )
    assert flags == [("unexpected_answer",)] * 3


@pytest.mark.req("OCP-07")
def test_a_frame_over_256_kib_is_not_read(charger: Charger) -> None:
    charger.socket.send('[2,"1","DataTransfer",{"vendorId":"v","data":"' + "x" * 300_000 + '"}]')
    assert charger.closed_with() == 1009


@pytest.mark.req("OCP-07")
def test_a_large_frame_within_the_limit_is_answered(charger: Charger, station: Place) -> None:
    data = "x\t\\n" * 30_000
    answer = charger.result("DataTransfer", {"vendorId": "v", "data": data})
    assert answer["status"] == "UnknownVendorId"
    length = "SELECT length(request) FROM ocpp_messageexchange WHERE station_id = %s"
    assert station.value(length, station.pk) > 180_000
