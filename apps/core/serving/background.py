"""Celery's worker and beat as threads of this process, for instances without a Redis server.

What a crash loses in the memory broker is picked up again by the periodic jobs.
"""

import logging
import threading

import celery.worker.state
from celery import Celery, signals
from celery.beat import EmbeddedService, Scheduler
from celery.worker import WorkController
from django.db import close_old_connections

from apps.core.queues import QUEUES

logger = logging.getLogger(__name__)

THREADS = 2
POLL_S = 0.05
STOP_TIMEOUT_S = 5.0
AROUND_A_TASK = (signals.task_prerun, signals.task_postrun)


class InProcessWorker(WorkController):
    """A worker without signal handlers, since it does not own the process."""

    def __init__(self, app: Celery) -> None:
        self.is_ready = threading.Event()
        super().__init__(
            app=app,
            pool="threads",
            concurrency=THREADS,
            queues=QUEUES,
            loglevel="WARNING",
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
        )

    def on_consumer_ready(self, consumer: object) -> None:
        """Called by celery once tasks are taken."""
        self.is_ready.set()


class Background:
    """Worker and beat of this process; `start` and `stop` are called once each."""

    def __init__(self, app: Celery) -> None:
        self.app = app
        # The memory broker is asked at intervals; its default of a second is felt by the user.
        app.conf.broker_transport_options = {"polling_interval": POLL_S}
        self.worker = InProcessWorker(app)
        self.worker_thread = threading.Thread(target=self.worker.start, name="worker", daemon=True)
        # The schedule starts anew with the process: no file that two instances could share.
        self.beat = EmbeddedService(app, thread=True, scheduler_cls=Scheduler)

    def start(self) -> None:
        """Start both threads; tasks that are queued meanwhile wait."""
        for signal in AROUND_A_TASK:
            signal.connect(refresh_connections)
        self.worker_thread.start()
        self.beat.start()

    def stop(self) -> None:
        """Let running tasks finish (STOP_TIMEOUT_S) and stop both threads."""
        self.beat.stop()
        celery.worker.state.should_stop = 0  # celery's exit code; None means: go on
        self.worker_thread.join(STOP_TIMEOUT_S)
        if self.worker_thread.is_alive():
            logger.warning("a background task did not end within %s s", STOP_TIMEOUT_S)
        else:
            celery.worker.state.should_stop = None
        for signal in AROUND_A_TASK:
            signal.disconnect(refresh_connections)


def refresh_connections(**_: object) -> None:
    """Drop a connection that is broken or too old, as Django does around a request."""
    close_old_connections()
