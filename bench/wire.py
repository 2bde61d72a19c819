"""A charger's WebSocket, as cheap as it can be: what the chargers burn, the gateway cannot use.

Frames of RFC 6455, unfragmented, without extensions. The mask is zero, which leaves the
bytes as they are; a server cannot tell and need not care.
"""

import asyncio
import base64
import struct
from collections.abc import Callable
from typing import cast

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
FIN = 0x80
MASKED = 0x80
ZERO_MASK = bytes(4)
HEAD_END = b"\r\n\r\n"
SWITCHING = 101


class Refused(ConnectionError):
    """The handshake was answered with another HTTP status than 101."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the handshake was answered {status}")
        self.status = status


def frame(opcode: int, payload: bytes) -> bytes:
    """Return a masked frame."""
    length = len(payload)
    if length < 126:
        head = struct.pack("!BB", FIN | opcode, MASKED | length)
    elif length < 1 << 16:
        head = struct.pack("!BBH", FIN | opcode, MASKED | 126, length)
    else:
        head = struct.pack("!BBQ", FIN | opcode, MASKED | 127, length)
    return head + ZERO_MASK + payload


def handshake(host: str, path: str, user: str, password: str) -> bytes:
    """Return the request that opens a socket of OCPP 1.6."""
    token = base64.b64encode(f"{user}:{password}".encode()).decode()
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: " + base64.b64encode(bytes(16)).decode(),
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: ocpp1.6",
        f"Authorization: Basic {token}",
    )
    return "\r\n".join(lines).encode() + HEAD_END


class Wire(asyncio.Protocol):
    """`on_text` gets each text frame's bytes; `opened` and `closed` tell of the socket's life."""

    def __init__(self, request: bytes, on_text: Callable[[bytes], None]) -> None:
        self.request = request
        self.on_text = on_text
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[int | None] = loop.create_future()
        self.close_code: int | None = None
        self.buffer = b""
        self.transport: asyncio.Transport

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        transport.write(self.request)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(ConnectionResetError("the handshake was cut off"))
        if not self.closed.done():
            self.closed.set_result(self.close_code)

    def data_received(self, data: bytes) -> None:
        self.buffer = self.buffer + data if self.buffer else data
        if not self.opened.done() and not self.read_answer():
            return
        while (end := self.read_frame()) > 0:
            self.buffer = self.buffer[end:]

    # Reading

    def read_answer(self) -> bool:
        """Read the answer to the handshake; return whether the socket is open."""
        head, end, rest = self.buffer.partition(HEAD_END)
        if not end:
            return False
        status = int(head.split(b" ", 2)[1])
        self.buffer = rest
        if status != SWITCHING:
            self.opened.set_exception(Refused(status))
            self.transport.close()
            return False
        self.opened.set_result(None)
        return True

    def read_frame(self) -> int:
        """Handle the first whole frame of the buffer; return where it ends, 0 without one."""
        buffer, size = self.buffer, len(self.buffer)
        if size < 2:
            return 0
        length, begin = buffer[1] & 0x7F, 2
        if length == 126 and size >= 4:
            length, begin = int.from_bytes(buffer[2:4]), 4
        elif length == 127 and size >= 10:
            length, begin = int.from_bytes(buffer[2:10]), 10
        elif length >= 126:
            return 0
        end = begin + length
        if size < end:
            return 0
        opcode, payload = buffer[0] & 0x0F, buffer[begin:end]
        if opcode == TEXT:
            self.on_text(payload)
        elif opcode == PING:
            self.transport.write(frame(PONG, payload))
        elif opcode == CLOSE:
            self.close_code = int.from_bytes(payload[:2]) if payload else None
            self.transport.write(frame(CLOSE, payload[:2]))
            self.transport.close()
        return end

    # Writing

    def send(self, payload: bytes, opcode: int = TEXT) -> None:
        self.transport.write(frame(opcode, payload))

    def close(self) -> None:
        """Say goodbye and hang up."""
        if not self.closed.done():
            self.transport.write(frame(CLOSE, b"\x03\xe8"))
            self.transport.close()


async def open_wire(
    host: str, port: int, request: bytes, on_text: Callable[[bytes], None], timeout_s: float
) -> Wire:
    """Return an open socket. Raises Refused, OSError, TimeoutError."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(timeout_s):
        _, wire = await loop.create_connection(lambda: Wire(request, on_text), host, port)
        await wire.opened
    return wire
