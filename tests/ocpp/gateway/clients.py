"""A charger's end of the socket, led frame by frame, and small looks into the database."""

import base64
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from ssl import SSLContext
from typing import Any, Self, TypeVar

from django.db import connection
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from apps.tenants.context import run_in_schema
from tests.conftest import STATION_KEY

WAIT_S = 60.0  # an upper bound: a busy machine takes its time
Frame = list[Any]
R = TypeVar("R")


class Clock:
    """When the running test began; `tests.ocpp.conftest` sets it."""

    began: datetime = datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Place:
    """A committed station: its tenant's schema, its key and its id."""

    schema: str
    pk: int
    charge_box_id: str

    def look(self, function: Callable[[], R]) -> R:
        """Call a function in the station's schema."""
        return run_in_schema(self.schema, function)

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a statement run in the station's schema."""

        def fetch() -> list[tuple[Any, ...]]:
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
                return list(cursor.fetchall())

        return self.look(fetch)

    def value(self, statement: str, *values: Any) -> Any:
        return self.rows(statement, *values)[0][0]


def eventually(condition: Callable[[], R], *, within_s: float = WAIT_S) -> R:
    """Return the first true value of the condition; other processes make it true."""
    until = time.monotonic() + within_s
    while not (found := condition()):
        assert time.monotonic() < until, "did not happen in time"
        time.sleep(0.02)
    return found


def basic(user: str, password: str | bytes) -> dict[str, str]:
    secret = password.encode() if isinstance(password, str) else password
    return {"Authorization": "Basic " + base64.b64encode(user.encode() + b":" + secret).decode()}


def time_text(*, minutes: float = 0) -> str:
    """Return RFC 3339 text of a moment relative to the beginning of the test."""
    return (Clock.began + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


class Charger:
    """A WebSocket with OCPP-J frames; frames that are not awaited yet are kept in order."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.ids = count(1)
        self.kept: list[Frame] = []

    @classmethod
    def dial(
        cls,
        url: str,
        place: Place,
        *,
        password: str | bytes = STATION_KEY,
        subprotocols: Sequence[str] | None = ("ocpp1.6",),
        path: str | None = None,
        user: str | None = None,
        tls: SSLContext | None = None,
    ) -> Self:
        """Connect. Raises InvalidStatus when refused."""
        path = f"/device/ocpp16/{place.charge_box_id}" if path is None else path
        offered = None if subprotocols is None else [Subprotocol(one) for one in subprotocols]
        socket = connect(
            url + path,
            additional_headers=basic(user or place.charge_box_id, password),
            subprotocols=offered,
            ssl=tls,
            compression=None,
            open_timeout=WAIT_S,
            close_timeout=2,
            ping_interval=None,
            legacy=True,
        )
        return cls(socket)

    def send(self, action: str, payload: Any, *, message_id: str | None = None) -> str:
        message_id = message_id or str(next(self.ids))
        self.socket.send(json.dumps([2, message_id, action, payload]))
        return message_id

    def call(
        self, action: str, payload: Any, *, message_id: str | None = None, within_s: float = WAIT_S
    ) -> Frame:
        """Send a request and return the frame that answers it."""
        return self.answer_to(self.send(action, payload, message_id=message_id), within_s=within_s)

    def result(self, action: str, payload: Any, *, message_id: str | None = None) -> Any:
        """Send a request and return the payload of its CALLRESULT."""
        frame = self.call(action, payload, message_id=message_id)
        assert frame[0] == 3, frame
        return frame[2]

    def answer_to(self, message_id: str, *, within_s: float = WAIT_S) -> Frame:
        return self.next(lambda frame: frame[0] != 2 and frame[1] == message_id, within_s=within_s)

    def raw(self, text: str | bytes) -> Frame:
        """Send anything and return the next answer frame."""
        self.socket.send(text)
        return self.next(lambda frame: frame[0] != 2)

    def command(self, *, within_s: float = WAIT_S) -> Frame:
        """Return the next request of the central system."""
        return self.next(lambda frame: frame[0] == 2, within_s=within_s)

    def reply(self, frame: Frame, payload: Any) -> None:
        self.socket.send(json.dumps([3, frame[1], payload]))

    def next(self, wanted: Callable[[Frame], bool], *, within_s: float = WAIT_S) -> Frame:
        """Return the first frame that is wanted. Raises TimeoutError."""
        for position, frame in enumerate(self.kept):
            if wanted(frame):
                return self.kept.pop(position)
        until = time.monotonic() + within_s
        while True:
            frame = json.loads(self.socket.recv(timeout=max(until - time.monotonic(), 0.001)))
            if wanted(frame):
                return frame
            self.kept.append(frame)

    def is_silent(self, for_s: float) -> bool:
        """Say whether nothing comes for so long."""
        try:
            self.kept.append(json.loads(self.socket.recv(timeout=for_s)))
        except TimeoutError:
            return True
        return False

    def closed_with(self, *, within_s: float = WAIT_S) -> int | None:
        """Return the code with which the other side closes."""
        until = time.monotonic() + within_s
        while True:
            try:
                self.socket.recv(timeout=max(until - time.monotonic(), 0.001))
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else None

    def boot(self) -> Any:
        return self.result(
            "BootNotification", {"chargePointVendor": "Vendor", "chargePointModel": "Model"}
        )

    def status(self, connector: int, status: str, **fields: Any) -> Any:
        return self.result(
            "StatusNotification",
            {"connectorId": connector, "errorCode": "NoError", "status": status, **fields},
        )

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: Any) -> None:
        self.close()


def refusal(url: str, place: Place, **options: Any) -> Any:
    """Dial and return the HTTP answer of the refusal."""
    try:
        Charger.dial(url, place, **options).close()
    except InvalidStatus as refused:
        return refused.response
    raise AssertionError("the socket was accepted")


def start_payload(**fields: Any) -> dict[str, Any]:
    return {
        "connectorId": 1,
        "idTag": "TAG",
        "meterStart": 1000,
        "timestamp": time_text(minutes=-30),
        **fields,
    }


def stop_payload(transaction_id: int, **fields: Any) -> dict[str, Any]:
    return {
        "transactionId": transaction_id,
        "meterStop": 3000,
        "timestamp": time_text(minutes=-5),
        **fields,
    }


def meter_values(transaction_id: int | None = None, **fields: Any) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "connectorId": 1,
        "meterValue": [
            {
                "timestamp": time_text(minutes=-20),
                "sampledValue": [
                    {"value": "1500"},
                    {"value": "7400", "measurand": "Power.Active.Import", "unit": "W"},
                ],
            }
        ],
        **fields,
    }
    if transaction_id is not None:
        payload["transactionId"] = transaction_id
    return payload
