"""Frames that break the rules get the error the specification demands, and the socket lives on."""

import json
from collections.abc import Iterator

import pytest

from apps.ocpp.frames import ErrorCode
from tests.ocpp.gateway.clients import Charger, Place, start_payload
from tests.ocpp.gateway.places import new_place
from tests.ocpp.gateway.servers import GatewayProcess
from tests.ocpp.malformed import FORGIVEN, REFUSED, SILENT

LOGGED = (
    "SELECT error_code, outcome FROM ocpp_messageexchange WHERE station_id = %s "
    "ORDER BY id DESC LIMIT 1"
)


@pytest.fixture(scope="module")
def socket(gateway: GatewayProcess) -> Iterator[Charger]:
    """One socket for the whole table: whatever came before, it answers."""
    with Charger.dial(gateway.url, new_place()) as charger:
        yield charger


@pytest.fixture(scope="module")
def neighbour(gateway: GatewayProcess) -> Iterator[Charger]:
    with Charger.dial(gateway.url, new_place()) as charger:
        yield charger


def ids(case: tuple[object, ...]) -> str:
    return str(case[0])


@pytest.mark.req("OCP-07", "OCP-08")
def test_the_table_has_the_98_cases_that_are_demanded_and_each_once() -> None:
    """S9."""
    assert len({frame for _, frame, _ in REFUSED}) == len(REFUSED) >= 98
    codes = {code for _, _, code in REFUSED}
    assert codes < set(ErrorCode)
    assert "InternalError" not in codes


@pytest.mark.req("OCP-07", "OCP-08")
@pytest.mark.parametrize("case", REFUSED, ids=ids)
def test_a_broken_frame_gets_its_error_and_the_socket_lives(
    socket: Charger, neighbour: Charger, case: tuple[str, str | bytes, str]
) -> None:
    """S9."""
    _, frame, code = case
    answer = socket.raw(frame)
    assert (answer[0], answer[2]) == (4, code)
    assert [type(part) for part in answer] == [int, str, str, str, dict]
    assert len(answer[3]) <= 255
    assert answer[1] in ("7", "-1") or len(answer[1]) > 36 or answer[1] in str(frame)
    assert "currentTime" in socket.result("Heartbeat", {})


@pytest.mark.req("OCP-07", "OCP-08")
@pytest.mark.parametrize("case", SILENT, ids=ids)
def test_an_answer_that_nobody_asked_for_is_not_answered(
    socket: Charger, case: tuple[str, str]
) -> None:
    """S9: the next frame that comes is the answer to the next call."""
    socket.socket.send(case[1])
    socket.socket.send('[2,"after","Heartbeat",{}]')
    assert json.loads(socket.socket.recv(timeout=10))[:2] == [3, "after"]


@pytest.mark.req("OCP-07", "OCP-08")
@pytest.mark.parametrize("case", FORGIVEN, ids=ids)
def test_an_odd_frame_that_can_be_used_gets_a_result(
    socket: Charger, case: tuple[str, str | bytes]
) -> None:
    """S9."""
    assert socket.raw(case[1])[:2] == [3, "7"]


@pytest.mark.req("OCP-07", "OCP-08")
def test_after_all_of_them_the_neighbour_and_the_gateway_are_well(
    socket: Charger, neighbour: Charger, gateway: GatewayProcess
) -> None:
    """S9."""
    assert "currentTime" in neighbour.result("Heartbeat", {})
    assert "Traceback" not in gateway.log.read_text()


@pytest.mark.req("OCP-07", "INF-14")
def test_each_refusal_is_logged_with_its_code(charger: Charger, station: Place) -> None:
    for frame, code in (("no json", "FormationViolation"), ('[2,"7","X",{}]', "NotImplemented")):
        charger.raw(frame)
        assert station.rows(LOGGED, station.pk) == [(code, "error")]


@pytest.mark.req("OCP-07")
def test_a_binary_frame_is_read_like_text(charger: Charger) -> None:
    assert charger.raw(b'[2,"b","Heartbeat",{}]')[:2] == [3, "b"]
    assert charger.raw(b"\xff\xfe")[2] == "FormationViolation"
    assert "currentTime" in charger.result("Heartbeat", {})


@pytest.mark.req("OCP-07")
def test_nul_and_lone_surrogates_are_answered_storable_and_flagged(
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
    flagged = (
        "SELECT action FROM ocpp_messageexchange "
        "WHERE station_id = %s AND flags ? 'surrogate_replaced' ORDER BY id"
    )
    actions = [action for (action,) in station.rows(flagged, station.pk)]
    assert actions == ["StatusNotification", "Ho\ufffd\ufffdw", "StartTransaction"]


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
