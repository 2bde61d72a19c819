"""The WebSocket of a charger: HTTP Basic, subprotocol, one call in flight."""

import asyncio
import base64
import contextlib
import itertools
import random
import ssl
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from urllib.parse import quote, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from apps.ocpp.simulator.counters import Counters
from apps.ocpp.simulator.frames import (
    Call,
    Error,
    Frame,
    FrameError,
    Payload,
    Result,
    dump,
    parse,
)

BASE_PATH = "/device/ocpp16"
SUBPROTOCOL = Subprotocol("ocpp1.6")
REDIRECTS = (300, 301, 302, 303, 307, 308)


class LinkError(Exception):
    """A call got no proper answer."""


class LinkClosedError(LinkError):
    """The connection is gone, or was not there."""


class CallTimeoutError(LinkError):
    """No answer came in time."""


class CallRefusedError(LinkError):
    """A CALLERROR came."""

    def __init__(self, error: Error) -> None:
        super().__init__(f"{error.code}: {error.description}")
        self.code = error.code
        self.error = error


class HandshakeRefusedError(LinkError):
    """The server answered, but not with a WebSocket; the text says why and what to do."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def station_url(url: str, charge_box_id: str) -> str:
    """Return the address of a charger: a bare `ws://host:port` gets the base path."""
    path = urlsplit(url).path.rstrip("/")
    base = url.rstrip("/") if path else url.rstrip("/") + BASE_PATH
    return f"{base}/{quote(charge_box_id, safe='')}"


def basic_header(charge_box_id: str, password: str | bytes) -> str:
    """Return the value of the Authorization header."""
    secret = password if isinstance(password, bytes) else password.encode()
    return "Basic " + base64.b64encode(charge_box_id.encode() + b":" + secret).decode()


class _Connect(connect):
    """Like `connect`, but a redirect is an answer to report, not to follow with credentials."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class Link:
    """One connection at a time; incoming calls go to `on_call`, which returns the answer frame."""

    def __init__(
        self,
        charge_box_id: str,
        *,
        on_call: Callable[[Call], Awaitable[None]],
        counters: Counters,
        keep_frames: int = 0,
        call_timeout_s: float = 30.0,
    ) -> None:
        self.charge_box_id = charge_box_id
        self.call_timeout_s = call_timeout_s
        self.received: deque[Frame] = deque(maxlen=keep_frames)
        self.watchers: list[Callable[[Frame], None]] = []
        prefix = f"{random.getrandbits(32):08x}-"
        self.message_ids: Iterator[str] = (f"{prefix}{number}" for number in itertools.count(1))
        self._on_call = on_call
        self._counters = counters
        self._socket: ClientConnection | None = None
        self._turn = asyncio.Lock()
        self._pending: tuple[str, asyncio.Future[Payload]] | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a connection."""
        return self._socket is not None

    async def open(
        self,
        url: str,
        password: str | bytes | None,
        *,
        ping_s: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Connect; raise HandshakeRefusedError, OSError or TimeoutError.

        `tls`: for wss addresses, whom to trust and how to prove oneself.
        """
        headers = {}
        if password is not None:
            headers["Authorization"] = basic_header(self.charge_box_id, password)
        try:
            socket = await _Connect(
                station_url(url, self.charge_box_id),
                subprotocols=[SUBPROTOCOL],
                additional_headers=headers,
                compression=None,
                proxy=None,
                user_agent_header=None,
                ping_interval=ping_s or None,
                close_timeout=1,
                max_queue=8,
                ssl=tls,
            )
        except InvalidStatus as error:
            raise HandshakeRefusedError(error.response.status_code, _remedy(error)) from error
        except InvalidHandshake as error:
            raise HandshakeRefusedError(0, f"no WebSocket at {url}: {error}") from error
        if socket.subprotocol != SUBPROTOCOL:
            await socket.close(1002)
            raise HandshakeRefusedError(0, "the server did not agree to the subprotocol ocpp1.6")
        self._socket = socket

    async def read(self) -> None:
        """Read until the connection ends."""
        socket = self._socket
        if socket is None:
            return
        try:
            # How it ended does not matter to a charger: it connects again.
            with contextlib.suppress(ConnectionClosed, OSError, LinkClosedError):
                async for text in socket:
                    await self._take(text)
        finally:
            if self._socket is socket:
                self._forget()

    async def call(self, action: str, payload: Payload) -> Payload:
        """Send a call and return the answer; one at a time.

        Raises CallRefusedError, CallTimeoutError, LinkClosedError.
        """
        socket = self._socket
        async with self._turn:
            if self._socket is not socket:
                raise LinkClosedError("another connection by now")
            message_id = next(self.message_ids)
            answer: asyncio.Future[Payload] = asyncio.get_running_loop().create_future()
            self._pending = (message_id, answer)
            try:
                await self.send_text(dump(Call(message_id, action, payload)))
                return await asyncio.wait_for(answer, self.call_timeout_s)
            except TimeoutError as error:
                self._counters.timeouts += 1
                raise CallTimeoutError(f"{action}: no answer in {self.call_timeout_s} s") from error
            finally:
                self._pending = None

    async def send_text(self, text: str | bytes) -> None:
        """Send any text as a frame; raise LinkClosedError without a connection."""
        if self._socket is None:
            raise LinkClosedError("not connected")
        try:
            await self._socket.send(text)
        except (ConnectionClosed, OSError) as error:
            raise LinkClosedError(str(error)) from error
        self._counters.messages_sent += 1

    async def close(self, code: int = 1000) -> None:
        """Close with a closing handshake."""
        if self._socket is not None:
            socket = self._socket
            self._forget()
            await socket.close(code)

    def abort(self) -> None:
        """Let the socket die without a word, as when power or network fail."""
        if self._socket is not None:
            socket = self._socket
            self._forget()
            socket.transport.abort()

    def _forget(self) -> None:
        self._socket = None
        if self._pending is not None and not self._pending[1].done():
            self._pending[1].set_exception(LinkClosedError("connection lost before the answer"))

    async def _take(self, text: str | bytes) -> None:
        self._counters.messages_received += 1
        try:
            frame = parse(text)
        except FrameError:
            self._counters.error_codes["unreadable frame"] += 1
            return
        self.received.append(frame)
        for watch in tuple(self.watchers):
            watch(frame)
        if isinstance(frame, Call):
            await self._on_call(frame)
        else:
            self._settle(frame)

    def _settle(self, frame: Result | Error) -> None:
        if isinstance(frame, Error):
            self._counters.errors += 1
            self._counters.error_codes[frame.code] += 1
        if self._pending is None or self._pending[0] != frame.message_id:
            return  # late, or to a raw frame
        future = self._pending[1]
        if future.done():
            return
        if isinstance(frame, Result):
            future.set_result(frame.payload)
        else:
            future.set_exception(CallRefusedError(frame))


def _remedy(error: InvalidStatus) -> str:
    status = error.response.status_code
    if status in REDIRECTS:
        target = error.response.headers.get("Location", "?")
        return f"redirected ({status}) to {target}: give that address, with ws or wss, as --url"
    match status:
        case 401:
            return (
                "401 Unauthorized: charge box id or password is not known to the server; "
                "set it with `manage.py create_station ID --tenant ... --password ...`"
            )
        case 403:
            return "403 Forbidden: the server does not let this charger in; see its log"
        case 404:
            return "404 Not Found: nothing listens at that path or id; check --url and the id"
        case 429:
            return "429 Too Many Requests: the server cools this charger down; it will try later"
        case 500 | 502 | 503 | 504:
            return f"{status}: the server is not ready for chargers now; it will try later"
    return f"{status}: the server refused the connection"
