"""Who does what is being done, from where, by which way: set at the edges, read by the trail.

    with came_from(Origin(way=Way.COMMAND_LINE, agent="root")):
        create_station(...)

Threads and tasks begin without one; then nobody in particular did it (`Way.SYSTEM`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

SUPPORT_KEY = "support_operator"
"""In the session of an operator who is in a tenant's portal: the operator's e-mail."""
FACTOR_KEY = "second_factor"
"""In the session: by which second factor its person came in, "" where none was asked for."""


class Way(StrEnum):
    """By which way something was done."""

    PORTAL = "portal"
    CONSOLE = "console"
    SUPPORT = "support"
    IMPORT = "import"
    API = "api"
    TASK = "task"
    COMMAND_LINE = "command_line"
    CHARGER = "charger"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (or key) at the time of the deed: `name` stays when the row is gone."""

    id: int | None
    name: str

    @classmethod
    def of(cls, user: Any) -> "Actor | None":
        """Return who the user is; None for nobody and for a visitor who is not logged in."""
        if user is None or not getattr(user, "is_authenticated", True):
            return None
        if isinstance(user, Actor):
            return user
        return cls(id=user.pk, name=str(getattr(user, "email", "") or user))


@dataclass(frozen=True, slots=True)
class Origin:
    """`find_actor` is asked late: a request knows its user only after the session was read.

    `schema`: where the actor's key means that person; "": wherever it is asked.
    """

    way: Way = Way.SYSTEM
    schema: str = ""
    address: str = ""
    agent: str = ""
    query: str = ""
    find_actor: Callable[[], Any] | None = None

    def actor_in(self, schema: str) -> Actor | None:
        """Return who it is; without a key in a schema where it would mean somebody else."""
        actor = Actor.of(self.find_actor()) if self.find_actor else None
        if actor is None or self.schema in {"", schema}:
            return actor
        return replace(actor, id=None)


NOBODY = Origin()
_origin: ContextVar[Origin] = ContextVar("origin", default=NOBODY)


def current_origin() -> Origin:
    return _origin.get()


@contextmanager
def came_from(origin: Origin) -> Iterator[None]:
    """Let what is done inside come from `origin`."""
    token = _origin.set(origin)
    try:
        yield
    finally:
        _origin.reset(token)


@contextmanager
def by_way(way: Way) -> Iterator[None]:
    """Let what is done inside have another way, by the same person from the same place."""
    with came_from(replace(current_origin(), way=way)):
        yield


def to_message(origin: Origin, schema: str) -> dict[str, Any]:
    """Return what a task in the schema has to know of whoever queued it; {} for nobody."""
    actor = origin.actor_in(schema)
    if actor is None:
        return {}
    return {"actor_id": actor.id, "actor": actor.name, "address": origin.address}


def from_message(message: dict[str, Any] | None) -> Origin:
    """Return the origin of a task: the person who queued it, by way of a task."""
    if not message:
        return Origin(way=Way.TASK)
    actor = Actor(id=message["actor_id"], name=message["actor"])
    return Origin(way=Way.TASK, address=message["address"], find_actor=lambda: actor)
