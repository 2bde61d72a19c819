"""Handing work to Redis from a thread of its own, so that nobody waits for a broker that is gone.

Jobs wait until Redis is back, WAITING_MAX of them; more are dropped and told. What a crash or a
full queue loses is found again by the periodic job of the room that queued it.
"""

import atexit
import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from functools import lru_cache

from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

WAITING_MAX = 10_000
RETRY_S = 1.0
AT_EXIT_S = 3.0
TOLD_EVERY_S = 60.0
# Not every OSError: the clients wrap what their sockets raise, and a file's trouble is another's.
AWAY = (OperationalError, RedisError, ConnectionError, TimeoutError)
Job = Callable[[], object]


class HandOver:
    """One thread that does small jobs in order. `dropped` counts those that were lost."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.jobs: queue.Queue[Job] = queue.Queue(WAITING_MAX)
        self.dropped = 0
        self.is_away = False
        self.told_at = -TOLD_EVERY_S
        threading.Thread(target=self.run, name=name, daemon=True).start()
        atexit.register(self.finish, AT_EXIT_S)

    def put(self, job: Job) -> None:
        """Queue a job; returns at once."""
        try:
            self.jobs.put_nowait(job)
        except queue.Full:
            self.dropped += 1
            self.tell("too many wait")

    def run(self) -> None:
        while True:
            job = self.jobs.get()
            while not self.is_done(job):
                time.sleep(RETRY_S)
            self.jobs.task_done()

    def is_done(self, job: Job) -> bool:
        """Do the job; False means that Redis is away and it has to be done again."""
        try:
            job()
        except AWAY as error:
            self.is_away = True
            self.tell(type(error).__name__)
            return False
        except Exception:
            self.dropped += 1
            logger.exception("%s: a job failed", self.name)
        if self.is_away:
            logger.warning("%s: Redis is back", self.name)
            self.is_away, self.told_at = False, -TOLD_EVERY_S
        return True

    def tell(self, reason: str) -> None:
        """Log, once a minute, what is in the way."""
        now = time.monotonic()
        if now - self.told_at >= TOLD_EVERY_S:
            self.told_at = now
            waiting = self.jobs.qsize()
            logger.warning(
                "%s: Redis is away (%s), %d wait, %d lost", self.name, reason, waiting, self.dropped
            )

    def finish(self, within_s: float) -> None:
        """Wait until everything queued is done, at most so long."""
        until = time.monotonic() + within_s
        while self.jobs.unfinished_tasks and time.monotonic() < until:
            time.sleep(0.01)


@lru_cache(maxsize=8)
def made_for(name: str, _pid: int) -> HandOver:
    return HandOver(name)


def hand_over(name: str) -> HandOver:
    """Return this process's thread of that name; threads do not survive a fork."""
    return made_for(name, os.getpid())
