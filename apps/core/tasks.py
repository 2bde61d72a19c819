"""Background work: declared by name, queued on commit, run in the schema it was queued from.

@tenant_task("charge_records.settle")
def settle(session_id: int) -> None: ...

enqueue("charge_records.settle", session_id=7)
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from celery import current_app, shared_task
from django.db import transaction

from apps.core.schemas import current_schema, run_in_schema

SCHEMA_KEY = "schema_name"


def tenant_task(name: str, **options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Declare a task that runs inside the tenant's schema; tasks must be safe to run twice."""

    def declare(function: Callable[..., Any]) -> Any:
        @wraps(function)
        def run(**kwargs: Any) -> None:
            run_in_schema(kwargs.pop(SCHEMA_KEY), function, **kwargs)

        return shared_task(name=name, ignore_result=True, **options)(run)

    return declare


def platform_task(name: str, **options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Declare a task that runs in the public schema: for beat, for fanning out over tenants."""

    def declare(function: Callable[..., Any]) -> Any:
        @wraps(function)
        def run(**kwargs: Any) -> None:
            run_in_schema("public", function, **kwargs)

        return shared_task(name=name, ignore_result=True, **options)(run)

    return declare


def enqueue(name: str, **kwargs: Any) -> None:
    """Queue the tenant task `name` once the open transaction commits (at once without one)."""
    # What is committed stays committed: without the broker a charger is answered all the same, and
    # the catch-up of the room does what was not queued. Django logs the failure.
    schema_name = current_schema()

    # Django logs the name of a robust function that fails: a partial has none.
    def hand_over() -> None:
        send(name, schema_name, kwargs)

    transaction.on_commit(hand_over, robust=True)


def send(name: str, schema_name: str, kwargs: dict[str, Any]) -> None:
    """Hand the task to the broker now; eager settings (tests) run it in place."""
    if name not in current_app.tasks:
        # Workers import all tasks when they start; the process that queues one may not have yet.
        current_app.loader.import_default_modules()
    current_app.tasks[name].apply_async(kwargs={**kwargs, SCHEMA_KEY: schema_name})
