"""Our daphne on the wire: refusals, closes, limits, a clean end."""

import asyncio
import signal
from collections.abc import Callable
from urllib.request import urlopen

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from apps.core.serving.server import MAX_MESSAGE_BYTES
from apps.core.serving.sockets import PAUSE_AT, Inbox
from tests.core.conftest import Process

pytestmark = pytest.mark.req("OCP-01")

WAIT_S = 60.0  # an upper bound: a busy machine takes its time


@pytest.fixture
def server(start_process: Callable[..., Process], free_port: int) -> Process:
    process = start_process("-m", "tests.core.served_application", str(free_port))
    process.wait_for_line("ready")
    return process


@pytest.fixture
def url(server: Process, free_port: int) -> str:
    return f"ws://127.0.0.1:{free_port}"


@pytest.mark.parametrize("status", [401, 404, 429, 503])
def test_refused_socket_when_a_status_is_asked_for_gets_it_with_headers_and_body(
    url: str, status: int
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(f"{url}/{status}")

    response = refused.value.response
    assert response.status_code == status
    assert response.headers["www-authenticate"] == 'Basic realm="chargers"'
    assert response.headers["retry-after"] == "30"
    assert response.body == b"no entry for you"
    assert "server" not in response.headers


def test_denied_socket_when_closed_before_it_was_accepted_gets_403(url: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(f"{url}/stock")

    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("code", [1000, 1002, 1008, 1012, 4001])
def test_open_socket_when_closed_by_the_application_gets_its_code(url: str, code: int) -> None:
    with connect(f"{url}/close/{code}") as client, pytest.raises(ConnectionClosed):
        client.recv(timeout=WAIT_S)

    assert client.protocol.close_code == code


def test_message_when_within_the_limit_is_echoed(url: str) -> None:
    text = "x" * (MAX_MESSAGE_BYTES - 1)
    with connect(f"{url}/echo", max_size=None) as client:
        client.send(text)

        assert client.recv(timeout=WAIT_S) == text


def test_message_when_over_the_limit_ends_the_socket(url: str) -> None:
    with connect(f"{url}/echo", max_size=None) as client:
        client.send("x" * (MAX_MESSAGE_BYTES + 1))

        with pytest.raises(ConnectionClosed):
            client.recv(timeout=WAIT_S)


def test_page_when_answered_does_not_name_the_server(server: Process, free_port: int) -> None:
    with urlopen(f"http://127.0.0.1:{free_port}/") as answer:
        assert answer.read() == b"hello"
        assert "server" not in answer.headers


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_server_when_told_to_stop_asks_its_sockets_to_come_again(
    server: Process, url: str, number: int
) -> None:
    with connect(f"{url}/echo") as client:
        client.send("hello")
        assert client.recv(timeout=WAIT_S) == "hello"

        server.popen.send_signal(number)
        with pytest.raises(ConnectionClosed):
            client.recv(timeout=WAIT_S)
        output = server.finish()

    assert client.protocol.close_code == 1012
    assert server.popen.returncode == 0
    assert output.split("ready\n")[1] == "socket ended\nshutdown\n"


class RecordedTransport:
    """Keeps whether it reads."""

    is_reading = True

    def pauseProducing(self) -> None:  # noqa: N802 the transport's interface
        self.is_reading = False

    def resumeProducing(self) -> None:  # noqa: N802
        self.is_reading = True


def test_inbox_when_full_stops_reading_until_the_application_took_most() -> None:
    async def fill_and_empty() -> list[bool]:
        transport = RecordedTransport()
        inbox = Inbox(transport)
        seen = []
        for _ in range(PAUSE_AT):
            seen.append(transport.is_reading)
            inbox.put_nowait({"type": "websocket.receive"})
        seen.append(transport.is_reading)
        for _ in range(PAUSE_AT):
            await inbox.get()
        return [*seen, transport.is_reading]

    seen = asyncio.run(fill_and_empty())

    assert seen == [True] * PAUSE_AT + [False, True]
