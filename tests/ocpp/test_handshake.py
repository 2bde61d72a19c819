"""Reading addresses, credentials and subprotocols as stations send them."""

import base64

import pytest

from apps.ocpp.handshake import (
    Agreement,
    Credentials,
    charge_box_id_of,
    choose_subprotocol,
    credentials_of,
)


def basic(plain: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"host", b"x"), (b"Authorization", b"basic " + base64.b64encode(plain))]


@pytest.mark.req("OCP-01", "OCP-07")
@pytest.mark.parametrize(
    "path,query,expected",
    [
        ("/device/ocpp16/CB-1", b"", "CB-1"),
        ("/device/ocpp16/CB-1/", b"", "CB-1"),
        ("/device/ocpp16/a/b/CB 1", b"", "CB 1"),
        ("/device/ocpp16/%2", b"", "%2"),
        ("/device/ocpp16/", b"x=1&chargePointId=CB-1", "CB-1"),
        ("/device/ocpp16/", b"", ""),
        ("/device/ocpp16/CB-1", b"id=OTHER", "CB-1"),
        ("/elsewhere/CB-1", b"", ""),
    ],
)
def test_the_id_is_the_last_segment(path: str, query: bytes, expected: str) -> None:
    assert charge_box_id_of(path, query) == expected


@pytest.mark.req("OCP-01")
def test_an_endless_id_is_cut_to_one_that_no_station_has() -> None:
    assert len(charge_box_id_of("/device/ocpp16/" + "x" * 10_000)) == 49


@pytest.mark.req("INF-05", "OCP-07")
@pytest.mark.parametrize(
    "plain,expected",
    [
        (b"CB-1:key", Credentials("CB-1", b"key")),
        (b"CB-1:a:b:c", Credentials("CB-1", b"a:b:c")),
        (b"CB-1:\xff\x00\x80", Credentials("CB-1", b"\xff\x00\x80")),
        (b"CB-1:", Credentials("CB-1", b"")),
        (b"no colon", None),
    ],
)
def test_credentials_split_at_the_first_colon(plain: bytes, expected: Credentials | None) -> None:
    assert credentials_of(basic(plain)) == expected


@pytest.mark.req("INF-05")
@pytest.mark.parametrize("value", [b"", b"Basic", b"Basic !!!", b"Bearer abc", b"Basic \xff"])
def test_other_headers_are_no_credentials(value: bytes) -> None:
    assert credentials_of([(b"authorization", value)]) is None
    assert credentials_of([]) is None


@pytest.mark.req("OCP-01", "OCP-07")
@pytest.mark.parametrize(
    "offered,expected",
    [
        ([], (Agreement.NONE_OFFERED, "")),
        (["OCPP1.6J", "ocpp1.6"], (Agreement.CHOSEN, "OCPP1.6J")),
        (["ocpp2.0.1"], (Agreement.NONE_KNOWN, "")),
    ],
)
def test_the_stations_order_and_spelling_win(
    offered: list[str], expected: tuple[Agreement, str]
) -> None:
    assert choose_subprotocol(offered) == expected
