"""Worker and beat in a process of their own, since a process has one worker and one default app.

`python -m tests.core.background_program` prints the name of each task that ran, and its end.
"""

import threading
from collections.abc import Callable

from celery import Celery

from apps.core.serving.background import Background

app = Celery("test", broker="memory://test//")
app.set_default()
app.conf.task_default_queue = "default"
app.conf.task_routes = {"urgent": {"queue": "commands"}}
app.conf.beat_schedule = {"tick": {"task": "tick", "schedule": 0.2}}
done = {name: threading.Event() for name in ("usual", "urgent", "tick")}
began, may_end = threading.Event(), threading.Event()


def declare(name: str, work: Callable[[], object]) -> None:
    """Declare a task that calls `work`."""

    def run() -> None:
        work()

    app.task(run, name=name)


def work_long() -> None:
    began.set()
    may_end.wait(10)
    print("long task ended", flush=True)


def main() -> None:
    for name, event in done.items():
        declare(name, event.set)
    declare("long", work_long)
    background = Background(app)
    background.start()
    for name in ("usual", "urgent"):
        app.send_task(name)
    for name, event in done.items():
        print(name, event.wait(20), flush=True)
    app.send_task("long")
    began.wait(20)
    stopping = threading.Thread(target=background.stop)
    stopping.start()
    may_end.set()
    stopping.join(20)
    print("worker runs" if background.worker_thread.is_alive() else "worker ended", flush=True)


if __name__ == "__main__":
    main()
