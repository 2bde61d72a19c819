"""A connection to PostgreSQL whose other side falls silent ends (RELIABILITY R3)."""

import gc
import socket
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg2
import pytest
from django.conf import settings

from apps.core import silence
from apps.core.bell import connection_parameters
from apps.core.silence import LOOK_S, QuietConnection, Watch

pytestmark = [pytest.mark.req("OCP-06"), pytest.mark.django_db]


@pytest.fixture
def raw() -> Iterator[QuietConnection]:
    with closing(psycopg2.connect(**connection_parameters())) as connection:
        yield connection


def test_call_when_it_takes_longer_than_the_patience_fails(raw: QuietConnection) -> None:
    raw.patience_s = 0.3  # the call itself takes 20
    began = time.monotonic()
    with pytest.raises(psycopg2.OperationalError), raw.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(20)")
    assert time.monotonic() - began < 10
    assert raw.closed


def test_commit_when_it_takes_longer_than_the_patience_fails(raw: QuietConnection) -> None:
    with raw.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE slow (id int)")
        cursor.execute(
            "CREATE FUNCTION pg_temp.doze() RETURNS trigger LANGUAGE plpgsql "
            "AS 'BEGIN PERFORM pg_sleep(20); RETURN NEW; END'"
        )
        cursor.execute(
            "CREATE CONSTRAINT TRIGGER doze AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION pg_temp.doze()"
        )
        cursor.execute("INSERT INTO slow VALUES (1)")
    raw.patience_s = 0.3  # the call itself takes 20
    with pytest.raises(psycopg2.OperationalError):
        raw.commit()


def test_connection_when_idle_or_quick_is_left_alone(raw: QuietConnection) -> None:
    raw.patience_s = 0.1
    time.sleep(3 * LOOK_S)
    with raw.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_patience_when_changed_for_a_while_is_put_back(raw: QuietConnection) -> None:
    usual = raw.patience_s
    with raw.within(1.0):
        assert raw.patience_s == 1.0
    assert raw.patience_s == usual


def test_connect_when_nobody_answers_ends() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        parameters: dict[str, Any] = connection_parameters()
        address = {"host": "127.0.0.1", "port": silent.getsockname()[1], "connect_timeout": 2}
        began = time.monotonic()
        with pytest.raises(psycopg2.OperationalError):
            psycopg2.connect(**{**parameters, **address})
        assert time.monotonic() - began < 30  # without a limit minutes


def test_every_process_has_limits_for_lost_connections() -> None:
    options = settings.DATABASES["default"]["OPTIONS"]
    for name in ("connect_timeout", "keepalives_idle", "keepalives_count", "tcp_user_timeout"):
        assert int(options[name]) > 0
    assert options["connection_factory"] is QuietConnection
    assert any(thread.name == "silence" for thread in threading.enumerate())


class Raw:
    """As much of a connection as a look reads."""

    busy_since: float | None = None
    patience_s: float | None = None


def test_watch_when_a_connection_is_left_behind_then_it_is_not_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Pages run in threads of their own; what these leave open must close when they end."""
    monkeypatch.setattr(silence, "LOOK_S", 0.01)
    watch = Watch()
    raw = Raw()
    gone = weakref.ref(raw)
    watch.add(raw)  # type: ignore[arg-type]
    time.sleep(0.1)
    del raw
    until = time.monotonic() + 30
    while gone() is not None and time.monotonic() < until:
        gc.collect()
        time.sleep(0.01)

    assert gone() is None
