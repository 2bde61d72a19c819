"""The floor: an ASGI application that takes every charger, validates nothing and only writes.

It reads the JSON, since it must know the message id, keeps every frame in one plain table by COPY
in batches (BENCH_FLOOR_DSN), and gives a fixed answer once its batch is committed. No password, no
schema of messages, no tenants. What a gateway costs above it is the price of being right.

With BENCH_FLOOR_LIKE, a tenant's schema, it writes the rows that a gateway writes into tables like
the tenant's (`Rows`), and is as blind as before. What a gateway costs above that is the price of
its judgement; the rest is the price of keeping samples as rows that can be searched.
"""

import asyncio
import os
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from io import StringIO
from itertools import count
from typing import Any

import orjson
import psycopg2

GATHER_S = 0.02
"""The least time from one commit's begin to the next one's, as in the gateway."""
TABLE = "public.bench_floor_frames"
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
NOW = "2026-01-01T00:00:00Z"
TRANSACTIONS = count(1)
ANSWERS: dict[str, dict[str, Any]] = {
    "BootNotification": {"currentTime": NOW, "interval": 300, "status": "Accepted"},
    "Heartbeat": {"currentTime": NOW},
    "Authorize": {"idTagInfo": {"status": "Accepted"}},
}

Frame = tuple[str, str, list[Any], str]
"""Path, text, the message in it, our answer."""


class Writer:
    """Writes in one thread what gathered meanwhile; one batch, one commit."""

    current: "Writer"

    def __init__(self, dsn: str) -> None:
        self.connection = psycopg2.connect(dsn)
        with self.connection, self.connection.cursor() as cursor:
            self.prepare(cursor)
        self.frames: list[Frame] = []
        self.has_frames = asyncio.Event()
        self.written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.task = asyncio.create_task(self.run())

    def keep(self, frame: Frame) -> asyncio.Future[None]:
        """Return what is done once the frame is committed."""
        self.frames.append(frame)
        self.has_frames.set()
        return self.written

    async def run(self) -> None:
        began = 0.0
        while True:
            await self.has_frames.wait()
            await asyncio.sleep(max(0.0, began + GATHER_S - time.monotonic()))
            began = time.monotonic()
            frames, self.frames = self.frames, []
            written, self.written = self.written, asyncio.get_running_loop().create_future()
            self.has_frames.clear()
            await asyncio.to_thread(self.write, frames)
            written.set_result(None)

    def write(self, frames: Sequence[Frame]) -> None:
        with self.connection, self.connection.cursor() as cursor:
            self.store(cursor, frames)

    def prepare(self, cursor: Any) -> None:
        cursor.execute(
            f"DROP TABLE IF EXISTS {TABLE}; CREATE TABLE {TABLE} (path text, frame text)"
        )

    def store(self, cursor: Any, frames: Sequence[Frame]) -> None:
        copy(cursor, TABLE, "path, frame", ((path, text) for path, text, _, _ in frames))


class Rows(Writer):
    """Writes the message log, samples, the timeline of statuses, sessions with their newest
    register, and when each charger was heard last; a charger is the number of its path.
    """

    def prepare(self, cursor: Any) -> None:
        schema = os.environ["BENCH_FLOOR_LIKE"]
        likes = {LOG: "ocpp_messageexchange", SAMPLES: "charge_records_metersample"}
        for table, like in {**likes, CHANGES: "infrastructure_statuschange"}.items():
            cursor.execute(
                f"DROP TABLE IF EXISTS {table};"
                f'CREATE TABLE {table} (LIKE "{schema}".{like} INCLUDING ALL)'
            )
        cursor.execute(
            f"DROP TABLE IF EXISTS {SESSIONS}, {HEARD};"
            f"CREATE TABLE {SESSIONS} (id bigint PRIMARY KEY, station_id bigint, meter bigint,"
            " ended_at timestamptz);"
            f"CREATE TABLE {HEARD} (station_id bigint PRIMARY KEY, at timestamptz)"
        )
        self.numbers: dict[str, str] = {}

    def store(self, cursor: Any, frames: Sequence[Frame]) -> None:
        now = datetime.now(UTC).isoformat()
        log, samples, changes = [], [], []
        started, ended = [], []
        registers: dict[str, str] = {}
        heard = set()
        for path, text, (_, message_id, action, payload), answer in frames:
            station = self.numbers.setdefault(path, str(len(self.numbers)))
            heard.add(station)
            head = station, SOCKET, "in", message_id, action
            log.append((*head, text, now, answer, now, "result", "", "[]"))
            if action == "MeterValues":
                transaction = str(payload["transactionId"])
                for value in payload["meterValue"]:
                    told = station, "1", transaction, value["timestamp"], now
                    samples += [sample_row(told, one) for one in value["sampledValue"]]
                    registers[transaction] = value["sampledValue"][0]["value"]
            elif action == "StatusNotification":
                status, error = payload["status"], payload["errorCode"]
                at = payload.get("timestamp", now)
                connector = str(payload["connectorId"])
                changes.append((station, connector, status, error, at, now, "", ""))
            elif action == "StartTransaction":
                transaction = str(orjson.loads(answer)[2]["transactionId"])
                started.append((transaction, station, str(payload["meterStart"])))
            elif action == "StopTransaction":
                ended.append(str(payload["transactionId"]))
        copy(cursor, LOG, LOG_COLUMNS, log)
        copy(cursor, SAMPLES, SAMPLE_COLUMNS, samples)
        copy(cursor, CHANGES, CHANGE_COLUMNS, changes)
        copy(cursor, SESSIONS, "id, station_id, meter", started)
        cursor.execute(HEAR, [now, list(heard)])
        if registers:
            cursor.execute(PROGRESS, [list(registers), list(registers.values())])
        if ended:
            cursor.execute(END, [now, ended])


LOG = "public.bench_floor_log"
LOG_COLUMNS = (
    "station_id, connection_id, direction, message_id, action, request, requested_at, answer,"
    " answered_at, outcome, error_code, flags"
)
SAMPLES = "public.bench_floor_samples"
SAMPLE_COLUMNS = (
    "station_id, connector_number, transaction_id, sampled_at, received_at, measurand, phase,"
    " context, location, unit, value, raw_value, is_signed"
)
CHANGES = "public.bench_floor_changes"
CHANGE_COLUMNS = (
    "station_id, connector_number, status, error_code, reported_at, received_at, info,"
    " vendor_error_code"
)
SESSIONS = "public.bench_floor_sessions"
HEARD = "public.bench_floor_heard"
HEAR = f"""
INSERT INTO {HEARD} (at, station_id) SELECT %s, unnest(%s::bigint[])
ON CONFLICT (station_id) DO UPDATE SET at = EXCLUDED.at
"""
PROGRESS = f"""
UPDATE {SESSIONS} s SET meter = v.meter FROM unnest(%s::bigint[], %s::bigint[]) AS v (id, meter)
WHERE s.id = v.id
"""
END = f"UPDATE {SESSIONS} SET ended_at = %s WHERE id = ANY(%s::bigint[])"
SOCKET = "00000000-0000-0000-0000-000000000000"


def sample_row(head: tuple[str, ...], sample: dict[str, str]) -> tuple[str, ...]:
    value = sample["value"]
    phase, unit = sample.get("phase", ""), sample["unit"]
    return *head, sample["measurand"], phase, sample["context"], "Outlet", unit, value, value, "f"


def copy(cursor: Any, table: str, columns: str, rows: Iterable[Sequence[str]]) -> None:
    lines = ["\t".join([value.translate(ESCAPES) for value in row]) + "\n" for row in rows]
    if lines:
        cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", StringIO("".join(lines)))


def answer_to(message: list[Any]) -> str:
    """Return the frame of our answer; each start gets a number of its own."""
    _, message_id, action, _ = message
    payload = ANSWERS.get(action, {})
    if action == "StartTransaction":
        payload = {"transactionId": next(TRANSACTIONS), **ANSWERS["Authorize"]}
    return orjson.dumps([3, message_id, payload]).decode()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Serve OCPP-J sockets, and an empty page that says that we listen."""
    if scope["type"] == "lifespan":
        await receive()
        kind = Rows if os.environ.get("BENCH_FLOOR_LIKE") else Writer
        Writer.current = kind(os.environ["BENCH_FLOOR_DSN"])
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["type"] == "http":
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})
    else:
        await receive()
        await send({"type": "websocket.accept", "subprotocol": "ocpp1.6"})
        while (message := await receive())["type"] == "websocket.receive":
            text = message["text"]
            frame = orjson.loads(text)
            answer = answer_to(frame)
            await Writer.current.keep((scope["path"], text, frame, answer))
            await send({"type": "websocket.send", "text": answer})
