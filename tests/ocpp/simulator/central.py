"""A small central system on a real WebSocket, which a test leads and questions."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any, Unpack
from urllib.parse import unquote

from jsonschema_rs import validator_for
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from apps.ocpp.simulator import SimulatedCharger
from apps.ocpp.simulator.options import StationOptions

Payload = dict[str, Any]
WAIT_S = 40.0


@cache
def schema(name: str) -> Any:
    """Return the official schema; the package is only read, for its data."""
    spec = find_spec("ocpp")
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent / "v16" / "schemas" / f"{name}.json"
    return validator_for(json.loads(path.read_text(encoding="utf-8-sig")))


class AnsweredError(Exception):
    """Raised by an answer function: answer with this CALLERROR."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Central:
    """Answers as a central system does; `on` overrides, None is silence."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, Payload]] = []  # charge box id, action, payload
        self.message_ids: list[str] = []
        self.violations: list[str] = []  # of the official schemas, by the charger
        self.passwords: dict[str, str] = {}
        self.refusal: tuple[HTTPStatus, dict[str, str]] | None = None
        self.handshakes = 0
        self.sockets: dict[str, ServerConnection] = {}
        self._answers: dict[str, Callable[[Payload], Payload | None]] = {}
        self._changed = asyncio.Condition()
        self._results: dict[str, asyncio.Future[tuple[int, list[Any]]]] = {}
        self._ids = count(1)
        self._transactions: dict[str, int] = {}  # content of the start: id, for its retries
        self._server: Server | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"ws://127.0.0.1:{next(iter(self._server.sockets)).getsockname()[1]}"

    def on(self, action: str, answer: Callable[[Payload], Payload | None]) -> None:
        self._answers[action] = answer

    def of(self, action: str) -> list[Payload]:
        return [payload for _, name, payload in self.calls if name == action]

    def statuses(self, connector: int = 1) -> list[str]:
        return [
            payload["status"]
            for payload in self.of("StatusNotification")
            if payload["connectorId"] == connector
        ]

    async def until(self, condition: Callable[[], Any]) -> None:
        async with self._changed, asyncio.timeout(WAIT_S):
            await self._changed.wait_for(condition)

    async def until_called(self, action: str, times: int = 1) -> Payload:
        await self.until(lambda: len(self.of(action)) >= times)
        return self.of(action)[times - 1]

    async def until_status(self, status: str, connector: int = 1) -> None:
        await self.until(lambda: self.statuses(connector)[-1:] == [status])

    async def command(self, action: str, payload: Payload, charge_box_id: str = "CB-1") -> Payload:
        """Send a command and return the payload of its CALLRESULT."""
        kind, parts = await self.raw_command(action, payload, charge_box_id)
        assert kind == 3, parts
        result: Payload = parts[0]
        self._check(f"{action}Response", result)
        return result

    async def raw_command(
        self, action: str, payload: Payload, charge_box_id: str = "CB-1"
    ) -> tuple[int, list[Any]]:
        message_id = f"central-{next(self._ids)}"
        future: asyncio.Future[tuple[int, list[Any]]] = asyncio.get_running_loop().create_future()
        self._results[message_id] = future
        await self.sockets[charge_box_id].send(json.dumps([2, message_id, action, payload]))
        return await asyncio.wait_for(future, WAIT_S)

    def cut(self, charge_box_id: str = "CB-1") -> None:
        self.sockets[charge_box_id].transport.abort()

    async def serve(self) -> None:
        self._server = await serve(
            self._handle,
            "127.0.0.1",
            0,
            process_request=self._admit,
            subprotocols=[Subprotocol("ocpp1.6")],
            compression=None,
            ping_interval=None,
            close_timeout=1,
        )

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        self.handshakes += 1
        await self._tell()
        if self.refusal is not None:
            status, headers = self.refusal
            response = connection.respond(status, "refused\n")
            for name, value in headers.items():
                response.headers[name] = value
            return response
        charge_box_id = unquote(request.path.rsplit("/", 1)[1])
        wanted = self.passwords.get(charge_box_id)
        given = base64.b64decode(request.headers.get("Authorization", "Basic ")[6:])
        if wanted is not None and given != f"{charge_box_id}:{wanted}".encode():
            return connection.respond(HTTPStatus.UNAUTHORIZED, "refused\n")
        return None

    async def _handle(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        charge_box_id = unquote(socket.request.path.rsplit("/", 1)[1])
        self.sockets[charge_box_id] = socket
        await self._tell()
        with suppress(ConnectionClosed, OSError):
            async for text in socket:
                await self._take(socket, charge_box_id, json.loads(text))
        if self.sockets.get(charge_box_id) is socket:
            del self.sockets[charge_box_id]
        await self._tell()

    async def _take(self, socket: ServerConnection, charge_box_id: str, frame: list[Any]) -> None:
        kind, message_id, *rest = frame
        if kind != 2:
            self._results.pop(message_id).set_result((kind, rest))
            return
        action, payload = rest
        self.message_ids.append(message_id)
        self._check(action, payload)
        try:
            answer = self._answer(action, payload)
            reply: list[Any] | None = None if answer is None else [3, message_id, answer]
        except AnsweredError as error:
            reply = [4, message_id, error.code, "", {}]
        self.calls.append((charge_box_id, action, payload))
        if reply is not None:
            await socket.send(json.dumps(reply))
        await self._tell()

    def _answer(self, action: str, payload: Payload) -> Payload | None:
        if action in self._answers:
            return self._answers[action](payload)
        now = datetime.now(UTC).isoformat()
        match action:
            case "BootNotification":
                return {"status": "Accepted", "currentTime": now, "interval": 300}
            case "Heartbeat":
                return {"currentTime": now}
            case "Authorize":
                return {"idTagInfo": {"status": "Accepted"}}
            case "StartTransaction":
                number = 101 + len(self._transactions)
                number = self._transactions.setdefault(json.dumps(payload), number)
                return {"transactionId": number, "idTagInfo": {"status": "Accepted"}}
        return {}

    def _check(self, name: str, payload: Payload) -> None:
        self.violations += [
            f"{name}: {error.message}" for error in schema(name).iter_errors(payload)
        ]

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


@asynccontextmanager
async def central_system() -> AsyncIterator[Central]:
    """Serve on a free port for the length of a test."""
    central = Central()
    await central.serve()
    try:
        yield central
        assert central.violations == []
    finally:
        await central.close()


@asynccontextmanager
async def booted_charger(
    **options: Unpack[StationOptions],
) -> AsyncIterator[tuple[Central, SimulatedCharger]]:
    """A central system and the charger CB-1, which has booted there."""
    async with (
        central_system() as central,
        SimulatedCharger(central.url, "CB-1", **options) as charger,
    ):
        await charger.boot()
        yield central, charger
