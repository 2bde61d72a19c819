"""A change of a table beside running processes makes nobody wait long (RELIABILITY R20)."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg2
import pytest
from django.db import OperationalError, connection

from apps.core.bell import connection_parameters
from apps.core.patient_locks import with_patient_locks

pytestmark = pytest.mark.req("OCP-06")

LOCK_TIMEOUT_S = 0.2
PAUSE_S = 0.2
HELD_S = 2.0


@pytest.fixture
def table(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """A committed table that others read."""
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE public.busy (id int)")
        yield "public.busy"
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE public.busy")
        connection.close()


def reader() -> Any:
    return psycopg2.connect(**connection_parameters())


def add_column() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE public.busy ADD COLUMN more int")


def test_lock_when_not_free_is_asked_for_again_and_others_read_meanwhile(table: str) -> None:
    waits: list[float] = []
    done = threading.Event()

    def read_on() -> None:
        with closing(reader()) as raw:
            raw.autocommit = True
            while not done.is_set():
                began = time.monotonic()
                with raw.cursor() as cursor:
                    cursor.execute(f"SELECT * FROM {table}")
                waits.append(time.monotonic() - began)
                done.wait(0.01)

    with closing(reader()) as holder:
        with holder.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table}")  # its transaction stays open
        threading.Timer(HELD_S, holder.commit).start()
        reading = threading.Thread(target=read_on)
        reading.start()
        began = time.monotonic()
        with_patient_locks(add_column, lock_timeout_s=LOCK_TIMEOUT_S, pause_s=PAUSE_S, tries=50)
        took_s = time.monotonic() - began
        done.set()
        reading.join()

    assert took_s >= HELD_S * 0.8
    assert max(waits) < HELD_S  # each reader waits for one attempt, not for the end of them all
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)


def test_lock_when_never_free_is_given_up(table: str) -> None:
    with closing(reader()) as holder:
        with holder.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table}")
        with pytest.raises(OperationalError, match="lock timeout"):
            with_patient_locks(add_column, lock_timeout_s=0.05, pause_s=0.01, tries=3)
