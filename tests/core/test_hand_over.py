"""Work for Redis waits in a thread while Redis is away (RELIABILITY R17)."""

import logging
import threading
import time
from collections.abc import Callable

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from apps.accounts import tasks
from apps.core import hand_over as module
from apps.core.hand_over import HandOver, hand_over
from apps.core.logs import RedisAwayFilter

pytestmark = pytest.mark.req("OCP-06")


@pytest.fixture
def thread(monkeypatch: pytest.MonkeyPatch) -> HandOver:
    monkeypatch.setattr(module, "RETRY_S", 0.01)
    monkeypatch.setattr(module, "WAITING_MAX", 3)
    return HandOver("test")


def test_job_when_redis_is_away_waits_and_is_done_in_order_afterwards(
    thread: HandOver, caplog: pytest.LogCaptureFixture
) -> None:
    is_back = threading.Event()
    done: list[int] = []

    def job(number: int) -> Callable[[], None]:
        def do() -> None:
            if not is_back.is_set():
                raise RedisConnectionError
            done.append(number)

        return do

    began = time.monotonic()
    for number in range(3):
        thread.put(job(number))
    assert time.monotonic() - began < 0.5
    time.sleep(0.1)
    assert (done, thread.is_away) == ([], True)

    is_back.set()
    thread.finish(5)

    assert done == [0, 1, 2]
    assert (thread.is_away, thread.dropped) == (False, 0)
    told = [record.getMessage() for record in caplog.records if record.name == module.__name__]
    assert told == [
        told[0],
        "test: Redis is back",
    ]
    assert told[0].startswith("test: Redis is away (ConnectionError)")


def test_job_when_too_many_wait_is_dropped_and_counted(thread: HandOver) -> None:
    may_go = threading.Event()
    for _ in range(10):
        thread.put(may_go.wait)
    assert thread.dropped >= 6
    may_go.set()
    thread.finish(5)


def test_job_when_it_fails_by_itself_holds_up_no_other(
    thread: HandOver, caplog: pytest.LogCaptureFixture
) -> None:
    done = threading.Event()
    thread.put(lambda: {}["missing"])
    thread.put(done.set)
    assert done.wait(5)
    assert thread.dropped == 1
    assert "a job failed" in caplog.text


def test_threads_of_a_process_are_made_once() -> None:
    assert hand_over("tasks") is hand_over("tasks")
    assert hand_over("tasks") is not hand_over("others")


def record_of(error: Exception, name: str = "celery.beat") -> logging.LogRecord:
    info = (type(error), error, None)
    return logging.LogRecord(name, logging.ERROR, __file__, 1, "it %s", ("failed",), info)


def test_outage_when_told_by_a_library_is_one_line_a_minute() -> None:
    shorten = RedisAwayFilter()
    first, second = record_of(RedisConnectionError()), record_of(RedisConnectionError())

    assert shorten.filter(first)
    assert (first.getMessage(), first.exc_info) == ("Redis is away (ConnectionError)", None)
    assert not shorten.filter(second)


def test_errors_of_others_pass_the_filter_whole() -> None:
    shorten = RedisAwayFilter()
    for record in (record_of(KeyError("x")), record_of(RedisConnectionError(), "apps.ocpp")):
        assert shorten.filter(record)
        assert (record.getMessage(), record.exc_info is None) == ("it failed", False)


@pytest.mark.django_db
def test_periodic_job_when_a_file_fails_then_it_fails_and_redis_is_not_blamed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(**_options: object) -> None:
        raise PermissionError("archives")

    monkeypatch.setattr(tasks.archives, "drop_old_archives", fail)
    with pytest.raises(PermissionError):
        tasks.sweep_tenants()
