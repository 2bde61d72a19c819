"""What the gateway believes of how a station dials in; no socket."""

import base64
from urllib.parse import quote

import pytest

from apps.ocpp.transport import networks_of, transport_of

pytestmark = pytest.mark.req("OCP-05")

PROXY = networks_of("192.0.2.1, 10.1.0.0/16")
DER = bytes(range(256)) * 3
BODY = base64.encodebytes(DER).decode()
PEM = f"-----BEGIN CERTIFICATE-----\n{BODY}-----END CERTIFICATE-----\n"
TOLD = [
    (b"x-forwarded-for", b"198.51.100.1, 203.0.113.9"),
    (b"x-forwarded-proto", b"https"),
    (b"x-tls-version", b"TLSv1.2"),
    (b"x-tls-cipher", b"ECDHE-RSA-AES128-GCM-SHA256"),
]


def scope(peer: str, headers: list[tuple[bytes, bytes]], **more: object) -> dict[str, object]:
    return {"client": (peer, 1), "headers": headers, **more}


def test_a_proxys_headers_count_and_a_chargers_do_not() -> None:
    told = transport_of(scope("192.0.2.1", TOLD), PROXY)
    assert (told.address, told.is_tls, told.is_weak) == ("203.0.113.9", True, False)
    forged = transport_of(scope("203.0.113.9", TOLD), PROXY)
    assert (forged.address, forged.is_tls) == ("203.0.113.9", False)
    assert transport_of(scope("192.0.2.1", TOLD), ()).is_tls is False


def test_the_address_is_the_last_that_no_proxy_of_ours_has() -> None:
    hops = [(b"x-forwarded-for", b"6.6.6.6, 203.0.113.9, 10.1.2.3")]
    assert transport_of(scope("192.0.2.1", hops), PROXY).address == "203.0.113.9"
    wrong = [(b"x-forwarded-for", b"203.0.113.9, nonsense")]
    assert transport_of(scope("192.0.2.1", wrong), PROXY).address == "192.0.2.1"


@pytest.mark.parametrize(
    "value", [PEM.encode(), quote(PEM).encode(), base64.b64encode(DER)], ids=["pem", "nginx", "ha"]
)
def test_a_certificate_is_read_however_the_proxy_writes_it(value: bytes) -> None:
    headers = [*TOLD, (b"x-client-certificate", value)]
    assert transport_of(scope("10.1.0.7", headers), PROXY).certificate == DER
    assert transport_of(scope("203.0.113.9", headers), PROXY).certificate == b""


def test_a_header_that_came_twice_counts_for_nothing() -> None:
    one = (b"x-client-certificate", base64.b64encode(DER))
    assert transport_of(scope("192.0.2.1", [*TOLD, one, one]), PROXY).certificate == b""


def test_tls_of_the_server_itself_is_told_by_the_extension() -> None:
    tls = {"tls_version": 0x0304, "client_cert_chain": [PEM]}
    told = transport_of(scope("203.0.113.9", [], extensions={"tls": tls}), PROXY)
    assert (told.is_tls, told.version, told.certificate) == (True, "TLSv1.3", DER)
    assert transport_of(scope("203.0.113.9", [], scheme="wss"), PROXY).is_tls


@pytest.mark.parametrize(
    "version, cipher, is_weak",
    [
        ("TLSv1.2", "ECDHE-ECDSA-AES256-GCM-SHA384", False),
        ("TLSv1.3", "TLS_AES_128_GCM_SHA256", False),
        ("TLSv1.2", "ECDHE-RSA-CHACHA20-POLY1305", False),
        ("TLSv1.1", "ECDHE-RSA-AES128-GCM-SHA256", True),
        ("SSLv3", "RC4-SHA", True),
        ("TLSv1.2", "AES128-GCM-SHA256", True),
        ("TLSv1.2", "ECDHE-RSA-AES128-SHA", True),
        ("", "", False),
    ],
)
def test_weak_tls_at_the_proxy_is_seen(version: str, cipher: str, is_weak: bool) -> None:
    headers = [
        (b"x-forwarded-proto", b"https"),
        (b"x-tls-version", version.encode()),
        (b"x-tls-cipher", cipher.encode()),
    ]
    assert transport_of(scope("192.0.2.1", headers), PROXY).is_weak is is_weak


def test_a_wrong_network_is_named() -> None:
    with pytest.raises(ValueError, match="33"):
        networks_of("10.0.0/33")
