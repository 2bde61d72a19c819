"""The gateway's sign of life, which is also the probe of the database while it is away."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable

import psycopg2

from apps.core.bell import connection_parameters
from apps.core.silence import QuietConnection
from apps.tenants.models import GatewayProcess

BEAT_S = 5.0
PROBE_S = 1.0
TIMEOUT_S = 4

# Our own table name; values travel as parameters.
TABLE = f'public."{GatewayProcess._meta.db_table}"'
RENEW = f"UPDATE {TABLE} SET beat_at = now(), connections = %s WHERE gateway_id = %s"  # noqa: S608
ENTER = f"""
INSERT INTO {TABLE} (gateway_id, started_at, beat_at, connections) VALUES (%s, now(), now(), %s)
ON CONFLICT (gateway_id) DO UPDATE SET beat_at = now()
"""  # noqa: S608
LEAVE = f"DELETE FROM {TABLE} WHERE gateway_id = %s"  # noqa: S608


class Beat:
    """A thread with a connection of its own: neither a slow lane nor the loop can hold it up.

    `told(True)`: written; `told(False)`: could not; `swept`: the row was gone, so others took this
    process for dead. Both are called on the loop.
    """

    def __init__(
        self,
        gateway_id: str,
        *,
        count: Callable[[], int],
        told: Callable[[bool], None],
        swept: Callable[[], None],
    ) -> None:
        self.gateway_id = gateway_id
        self.count = count
        self.told = told
        self.swept = swept
        self.loop = asyncio.get_running_loop()
        self.raw: QuietConnection | None = None
        self.has_entered = False
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, name="beat", daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stop(self, timeout_s: float) -> None:
        """Leave the list of gateways and end the thread."""
        self.stopping.set()
        self.thread.join(timeout_s)

    def run(self) -> None:
        while not self.stopping.is_set():
            is_written = self.beat()
            self.tell(self.told, is_written)
            self.stopping.wait(BEAT_S if is_written else PROBE_S)
        self.leave()

    def tell(self, callback: Callable[..., None], *values: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self.loop.call_soon_threadsafe(callback, *values)

    def beat(self) -> bool:
        try:
            raw = self.connect()
            with raw.cursor() as cursor:
                cursor.execute(RENEW, [self.count(), self.gateway_id])
                if cursor.rowcount == 0:
                    cursor.execute(ENTER, [self.gateway_id, self.count()])
                    if self.has_entered:
                        self.tell(self.swept)
                    self.has_entered = True
        except psycopg2.Error:
            self.drop()
            return False
        return True

    def connect(self) -> QuietConnection:
        if self.raw is None:
            self.raw = psycopg2.connect(
                **{
                    **connection_parameters(),
                    "connect_timeout": TIMEOUT_S,
                    "tcp_user_timeout": TIMEOUT_S * 1000,
                    "application_name": "ocpp beat",
                }
            )
            self.raw.patience_s = TIMEOUT_S + 1
            self.raw.set_session(autocommit=True)
            with self.raw.cursor() as cursor:
                cursor.execute(f"SET statement_timeout = {TIMEOUT_S * 1000}")
        return self.raw

    def leave(self) -> None:
        """Remove the row, on a new connection, for the kept one may be dead; else it is swept."""
        self.drop()
        with contextlib.suppress(psycopg2.Error), self.connect().cursor() as cursor:
            cursor.execute(LEAVE, [self.gateway_id])
        self.drop()

    def drop(self) -> None:
        if self.raw is not None:
            with contextlib.suppress(psycopg2.Error):  # it is dead already
                self.raw.close()
        self.raw = None
