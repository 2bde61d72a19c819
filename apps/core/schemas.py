"""Entering a schema: set, used and left inside one synchronous call, never tied to a thread."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import connection
from django_tenants.utils import schema_context

P = ParamSpec("P")
R = TypeVar("R")


def run_in_schema(
    schema_name: str, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs
) -> R:
    """Call `function` with the connection in the schema and put the old one back afterwards."""
    with schema_context(schema_name):
        return function(*args, **kwargs)


def current_schema() -> str:
    """Return the schema that this thread's connection is in."""
    # An attribute of the tenants' database wrapper, which Django's types do not know.
    return str(connection.schema_name)  # type: ignore[attr-defined]
