"""A look at the broker's queues without taking anything from them."""

import json
import time
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from django.conf import settings
from redis import Redis

from apps.core.tasks import SENT_AT

QUEUES = ("default", "commands", "exports")
PATIENCE_S = 2.0


@lru_cache(maxsize=1)
def broker() -> Redis:
    """Return a client of our own, which gives up soon."""
    return Redis.from_url(
        settings.REDIS_URL, socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S
    )


def look() -> Iterator[tuple[str, int, float]]:
    """Return per queue its name, how many tasks wait and the age of the oldest in seconds.

    Raises RedisError and OSError when the broker does not answer.
    """
    for name in QUEUES:
        # Celery's transport pushes left and takes from the right.
        asked = broker().pipeline()
        asked.llen(name)
        asked.lindex(name, -1)
        waiting, oldest = asked.execute()
        yield name, waiting, age_of(oldest, time.time())


def age_of(message: bytes | None, now: float) -> float:
    """Return how long a message of the broker has waited; 0 without one or without its time."""
    if message is None:
        return 0.0
    headers: dict[str, Any] = json.loads(message).get("headers") or {}
    sent_at = headers.get(SENT_AT)
    return max(now - sent_at, 0.0) if isinstance(sent_at, (int, float)) else 0.0
