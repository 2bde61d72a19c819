"""The worker and beat inside of a process; one life only, since a process has one worker."""

import threading
from collections.abc import Callable

import pytest
from celery import Celery

from apps.core.serving.background import Background

pytestmark = pytest.mark.req("OCP-06")


def declare(app: Celery, name: str, work: Callable[[], object]) -> None:
    """Declare a task that calls `work`."""

    def run() -> None:
        work()

    app.task(run, name=name)


def test_background_when_started_runs_queues_and_schedule_and_stops_after_the_running_task() -> (
    None
):
    app = Celery("test", broker="memory://test//", set_as_current=False)
    app.conf.task_default_queue = "default"
    app.conf.task_routes = {"urgent": {"queue": "commands"}}
    app.conf.beat_schedule = {"tick": {"task": "tick", "schedule": 0.2}}
    done = {name: threading.Event() for name in ("usual", "urgent", "tick")}
    for name, event in done.items():
        declare(app, name, event.set)
    began, may_end, ended = threading.Event(), threading.Event(), threading.Event()
    declare(app, "long", lambda: (began.set(), may_end.wait(10), ended.set()))

    background = Background(app)
    background.start()
    app.send_task("usual")
    app.send_task("urgent")

    assert {name: event.wait(10) for name, event in done.items()} == dict.fromkeys(done, True)

    app.send_task("long")
    assert began.wait(10)
    stopping = threading.Thread(target=background.stop)
    stopping.start()
    may_end.set()
    stopping.join(10)

    assert ended.is_set()
    assert not background.worker_thread.is_alive()
