"""Writing the trail. Call it inside the transaction of what it tells of: both are kept, or none.

    record(Kind.UNLOCKED, actor, user)
    record(Kind.CHANGED, actor, group, before={"permissions": [...]}, after={"permissions": [...]})
    record(Kind.EXPORTED, None, Station, details={"format": "csv", "rows": 120})

Watched models (`services.watch`) record what is saved by themselves.
"""

from collections.abc import Mapping
from datetime import datetime
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.utils import timezone

from apps.audit.domain.agents import short_agent
from apps.audit.domain.differences import Changes, differences
from apps.audit.domain.kinds import Kind
from apps.audit.domain.secrets import without_secrets
from apps.audit.models import Entry
from apps.core.origin import Actor, Way, current_origin
from apps.core.schemas import current_schema, run_in_schema
from apps.tenants.models import Tenant

PIECE = 500
PUBLIC = "public"


def record(
    kind: Kind,
    actor: Any = None,
    obj: models.Model | type[models.Model] | None = None,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    details: Mapping[str, Any] | None = None,
    way: Way | None = None,
    address: str | None = None,
    agent: str | None = None,
    at: datetime | None = None,
) -> Entry:
    """Write one entry and return it.

    `actor`: a user; None: whoever the request, task or command came from (`apps.core.origin`), and
    the same holds for `way`, `address` and `agent`. `obj`: the row it was done to, or a model.
    `before`, `after`: plain values by field; secrets among them are hidden by their names.
    """
    entry = new_entry(kind, obj, actor=actor, way=way, address=address, agent=agent, at=at)
    if isinstance(obj, models.Model):
        entry.location_id = location_of(obj)
    entry.changes = differences(before, after)
    entry.details = without_secrets(dict(details or {}))
    save_entries([entry])
    return entry


def new_entry(
    kind: Kind,
    obj: models.Model | type[models.Model] | None,
    *,
    actor: Any = None,
    way: Way | None = None,
    address: str | None = None,
    agent: str | None = None,
    at: datetime | None = None,
    changes: Changes | None = None,
    location_id: int | None = None,
) -> Entry:
    """Return an entry that is not saved yet; where the object stands, the caller says."""
    origin = current_origin()
    person = Actor.of(actor) or origin.actor_in(current_schema())
    entry = Entry(
        kind=kind.value,
        way=(way or origin.way).value,
        happened_at=at or timezone.now(),
        actor_id=person.id if person else None,
        actor_name=person.name[:254] if person else "",
        address=clean_address(origin.address if address is None else address),
        agent=short_agent(origin.agent if agent is None else agent),
        changes=changes or {},
        location_id=location_id,
    )
    if obj is not None:
        entry.model = obj._meta.label_lower
    if isinstance(obj, models.Model):
        entry.object_id = str(obj.pk)
        # What a tenant has one of has no name: the word for it would stay in one reader's language.
        entry.object_name = str(obj)[:200] if getattr(obj, "has_name", True) else ""
    return entry


def save_entries(entries: list[Entry]) -> None:
    """Write the entries; what the console does in a tenant's schema stands in both trails."""
    write_here(entries)
    schema_name = current_schema()
    if entries and current_origin().way is Way.CONSOLE and schema_name != PUBLIC:
        run_in_schema(PUBLIC, write_for_platform, entries, schema_name)


def write_here(entries: list[Entry]) -> None:
    """Write into the current schema; the template's trail stays empty: new tenants copy it."""
    if entries and current_schema() != settings.TENANT_TEMPLATE_SCHEMA:
        Entry.objects.bulk_create(entries, batch_size=PIECE)


def write_for_platform(entries: list[Entry], schema_name: str) -> None:
    """Write a tenant's entries into the platform's trail, as part of that tenant's history.

    Keys of a tenant's rows mean other rows here, so they are left out.
    """
    tenant = Tenant.objects.filter(schema_name=schema_name).first()
    actor = current_origin().actor_in(PUBLIC)
    foreign = {
        "object_id": "",
        "location_id": None,
        "moved_from_id": None,
        "actor_id": actor.id if actor else None,
        "part_of": f"{Tenant._meta.label_lower}:{tenant.pk}" if tenant else "",
    }
    copies = [copy_of(entry, **foreign) for entry in entries]
    for copy in copies:
        copy.details = {**copy.details, "tenant": tenant.name if tenant else schema_name}
    write_here(copies)


def copy_of(entry: Entry, **changes: Any) -> Entry:
    """Return an unsaved copy, for another schema."""
    values = {own.attname: getattr(entry, own.attname) for own in Entry._meta.concrete_fields}
    return Entry(**{**values, "id": None, **changes})


def clean_address(text: str) -> str | None:
    """Return the address, or None for what is none (a socket's path, an empty text)."""
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def location_of(obj: models.Model) -> int | None:
    """Return the key of the location where the object stands, by its model's `location_path`."""
    path: str | None = getattr(type(obj), "location_path", None)
    if path is None:
        return None
    *steps, last = path.split("__")
    place: Any = obj
    try:
        for step in steps:
            place = getattr(place, step)
    except ObjectDoesNotExist:
        return None
    if place is None:
        return None
    return place.pk if last == "pk" else getattr(place, f"{last}_id")
