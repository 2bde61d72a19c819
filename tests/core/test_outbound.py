"""Requests to addresses that people typed: bounded, and never into our own network."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Any

import pytest

from apps.core import outbound
from apps.core.outbound import (
    AddressInvalid,
    AddressPrivate,
    AddressUnknown,
    AnswerUnusable,
    NotAnswering,
    fetch,
    is_public,
)

pytestmark = pytest.mark.req("ACC-08")


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[socket.socket], None]], str]]:
    """Answer one connection after the other with `speak(socket)`; return the address."""
    listener = socket.create_server(("127.0.0.1", 0))

    def start(speak: Callable[[socket.socket], None]) -> str:
        def run() -> None:
            while True:
                try:
                    line, _address = listener.accept()
                except OSError:
                    return
                with line:
                    line.recv(4096)
                    try:
                        speak(line)
                    except OSError:
                        continue

        threading.Thread(target=run, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    yield start
    listener.close()


def head(status: str, length: int, more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{more}\r\n".encode()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.8",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
        "2001:0:53aa:64c:0:0:80ff:fffe",
    ],
)
def test_public_when_the_address_leads_inside_then_not(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1"])
def test_public_when_the_address_is_of_the_open_internet_then_so(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "url, error",
    [
        ("https://127.0.0.1/", AddressPrivate),
        ("https://localhost/", AddressPrivate),
        ("https://[::1]/", AddressPrivate),
        ("https://2130706433/", AddressPrivate),
        ("http://93.184.216.34/", AddressInvalid),
        ("file:///etc/passwd", AddressInvalid),
        ("https://user@example.com/", AddressInvalid),
        ("https:///x", AddressInvalid),
        ("https://example.com:x/", AddressInvalid),
        ("https://exam ple.com/", AddressInvalid),
        ("https://no-such-host.invalid/", AddressUnknown),
    ],
)
def test_fetch_when_private_addresses_are_shut_then_refused(
    settings: Any, url: str, error: type[Exception]
) -> None:
    settings.OUTBOUND_PRIVATE_ADDRESSES = False

    with pytest.raises(error):
        fetch(url)


def test_fetch_when_one_of_several_addresses_is_private_then_refused(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OUTBOUND_PRIVATE_ADDRESSES = False
    entries = [(0, 0, 0, "", (address, 443)) for address in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(outbound.socket, "getaddrinfo", lambda *args, **kwargs: entries)

    with pytest.raises(AddressPrivate):
        fetch("https://two-faced.example/")


def test_fetch_when_plain_http_leads_to_the_open_internet_then_refused_all_the_same() -> None:
    with pytest.raises(AddressInvalid):
        fetch("http://93.184.216.34/")


def test_fetch_when_the_answer_is_json_then_returned(serve: Any) -> None:
    url = serve(lambda line: line.sendall(head("200 OK", 8) + b'{"a": 1}'))

    assert fetch(url).json() == {"a": 1}


@pytest.mark.parametrize(
    "answer",
    [
        head("302 Found", 0, "Location: http://127.0.0.1:1/\r\n"),
        head("500 Oh", 2) + b"{}",
        head("200 OK", 2) + b"[]",
        head("200 OK", 3) + b"{a}",
    ],
    ids=["redirect", "error", "list", "no json"],
)
def test_fetch_when_the_answer_is_of_no_use_then_refused(serve: Any, answer: bytes) -> None:
    url = serve(lambda line: line.sendall(answer))

    with pytest.raises(AnswerUnusable):
        fetch(url).json()


def test_fetch_when_the_answer_is_too_large_then_refused(serve: Any) -> None:
    size = outbound.MAX_BYTES + 10
    url = serve(lambda line: line.sendall(head("200 OK", size) + b" " * size))

    with pytest.raises(AnswerUnusable):
        fetch(url)


def test_fetch_when_the_server_drips_then_cut_off_in_time(
    serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "TOTAL_S", 0.5)

    def drip(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\n")
        for _number in range(400):
            line.sendall(b"X-A: b\r\n")
            time.sleep(0.05)

    url = serve(drip)
    began = time.monotonic()

    with pytest.raises(NotAnswering):
        fetch(url)

    assert time.monotonic() - began < 15  # of 20 that it drips
