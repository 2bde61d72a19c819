"""Background work: declared by name, queued on commit, run in the schema it was queued from.

@tenant_task("charge_records.settle")
def settle(session_id: int) -> None: ...

enqueue("charge_records.settle", session_id=7)
"""

import logging
import time
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from celery import current_app, shared_task
from django.conf import settings
from django.db import transaction

from apps.core.hand_over import AWAY, hand_over
from apps.core.origin import came_from, current_origin, from_message, to_message
from apps.core.schemas import current_schema, run_in_schema

logger = logging.getLogger(__name__)

SCHEMA_KEY = "schema_name"
ORIGIN_KEY = "origin"
SENT_AT = "sent_at"
"""Header with the Unix time of queueing, for the figure of how far the workers are behind."""


def tenant_task(name: str, **options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Declare a task that runs inside the tenant's schema; tasks must be safe to run twice."""

    def declare(function: Callable[..., Any]) -> Any:
        @wraps(function)
        def run(**kwargs: Any) -> None:
            schema_name, origin = kwargs.pop(SCHEMA_KEY), kwargs.pop(ORIGIN_KEY, None)
            with came_from(from_message(origin)):
                run_in_schema(schema_name, function, **kwargs)

        return shared_task(name=name, ignore_result=True, **options)(run)

    return declare


def platform_task(name: str, **options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Declare a task that runs in the public schema: for beat, for fanning out over tenants."""

    def declare(function: Callable[..., Any]) -> Any:
        @wraps(function)
        def run(**kwargs: Any) -> None:
            try:
                with came_from(from_message(None)):
                    run_in_schema("public", function, **kwargs)
            except AWAY as error:
                # The next turn of the schedule does what this one could not queue.
                logger.warning("%s: Redis is away (%s)", name, type(error).__name__)

        return shared_task(name=name, ignore_result=True, **options)(run)

    return declare


def enqueue(name: str, **kwargs: Any) -> None:
    """Queue the tenant task `name` once the open transaction commits (at once without one)."""
    # What is committed stays committed, and whoever committed it (a charger, say) is answered
    # without waiting for the broker; the catch-up of the room does what was not queued.
    schema_name = current_schema()
    if origin := to_message(current_origin(), schema_name):
        kwargs[ORIGIN_KEY] = origin

    # Django logs the name of a robust function that fails: a partial has none.
    def queue_it() -> None:
        if settings.REDIS_URL and not in_worker() and not current_app.conf.task_always_eager:
            hand_over("tasks").put(partial(send, name, schema_name, kwargs))
            return
        try:
            send(name, schema_name, kwargs)
        except AWAY as error:
            logger.warning("%s was not queued: Redis is away (%s)", name, type(error).__name__)

    transaction.on_commit(queue_it, robust=True)


def in_worker() -> bool:
    """Say whether a task runs here: it may wait for the broker, and its process ends at once."""
    return current_app.current_worker_task is not None


def send(name: str, schema_name: str, kwargs: dict[str, Any]) -> None:
    """Hand the task to the broker now; eager settings (tests) run it in place. Raises AWAY."""
    if name not in current_app.tasks:
        # Workers import all tasks when they start; the process that queues one may not have yet.
        current_app.loader.import_default_modules()
    current_app.tasks[name].apply_async(
        kwargs={**kwargs, SCHEMA_KEY: schema_name}, headers={SENT_AT: time.time()}
    )
