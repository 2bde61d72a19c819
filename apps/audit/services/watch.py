"""Watching models: whatever is saved, deleted or changed in bulk stands in the trail by itself.

    watch(Station, left_out={"firmware_version"}, hidden={"password_hash"})

Rooms say so in their `apps.py`. Signals serve here, since master data are saved by forms, imports,
commands and third-party code alike; the entry is part of the same transaction.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import Any

from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.db import models, router, transaction
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django_tenants.utils import schema_exists

from apps.audit.domain.differences import Changes, differences
from apps.audit.domain.kinds import Kind
from apps.audit.models import Entry
from apps.audit.services.trail import (
    PUBLIC,
    copy_of,
    location_of,
    new_entry,
    save_entries,
    write_here,
)
from apps.core.bulk import WatchedQuerySet
from apps.core.schemas import current_schema, run_in_schema
from apps.tenants.choices import TenantKind

Row = dict[str, Any]
Names = Callable[[Collection[Any]], list[str]]

CUSTOMER = TenantKind.CUSTOMER.value
BEFORE = "_before_this_save"
LOCATION = "location of the row"


@dataclass(frozen=True, slots=True)
class Watch:
    """What of a model is watched; `identity` names fields by which a driver could be known."""

    model: type[models.Model]
    fields: dict[str, models.Field]
    hidden: frozenset[str] = frozenset()
    shown: frozenset[str] = frozenset()
    identity: frozenset[str] = frozenset()
    is_name_identity: bool = False
    part_of: str = ""
    tenant_path: str | None = None
    many: Mapping[str, Names] = field(default_factory=dict)

    @property
    def location_path(self) -> str | None:
        return getattr(self.model, "location_path", None)


WATCHED: dict[str, Watch] = {}
"""By label: {"infrastructure.station": Watch(...)}."""


def watch(
    model: type[models.Model],
    *,
    left_out: Collection[str] = (),
    hidden: Collection[str] = (),
    shown: Collection[str] = (),
    identity: Collection[str] = (),
    is_name_identity: bool = False,
    part_of: str = "",
    tenant_path: str | None = None,
    many: Mapping[str, Names | None] | None = None,
) -> None:
    """Record what happens to rows of the model.

    `left_out`: fields that the system writes by itself. `hidden`: of these only the fact is told.
    `shown`: no secrets, though their names sound like it.
    `part_of`: foreign key to the object in whose history the rows belong. `tenant_path`: of rows in
    the public schema, the way to the tenant, whose own trail tells of them as well ("": the row is
    the tenant). `many`: relations to many, where wanted with a function that names rows by keys.
    """
    label = model._meta.label_lower
    namers = {name: own or partial(names, model, name) for name, own in (many or {}).items()}
    WATCHED[label] = Watch(
        model=model,
        fields={
            own.name: own
            for own in model._meta.concrete_fields
            if not own.primary_key
            and own.name not in left_out
            and not getattr(own, "auto_now", False)
            and not getattr(own, "auto_now_add", False)
        },
        hidden=frozenset(hidden),
        shown=frozenset(shown),
        identity=frozenset(identity),
        is_name_identity=is_name_identity,
        part_of=part_of,
        tenant_path=tenant_path,
        many=namers,
    )
    pre_save.connect(note_before, sender=model, dispatch_uid=f"audit {label}")
    post_save.connect(record_saved, sender=model, dispatch_uid=f"audit {label}")
    post_delete.connect(record_deleted, sender=model, dispatch_uid=f"audit {label}")
    for name in namers:
        through = getattr(model, name).through
        m2m_changed.connect(
            partial(record_many, label, name),
            sender=through,
            weak=False,
            dispatch_uid=f"audit {label} {name}",
        )
    save_with_entry(model)


def save_with_entry(model: type[models.Model]) -> None:
    """Let a save and what follows it be one transaction; Django sends `post_save` after its own."""
    if getattr(model.save_base, "is_with_entry", False):
        return
    save_base = model.save_base

    @wraps(save_base)
    def save(self: models.Model, *args: Any, **kwargs: Any) -> None:
        using = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=using, savepoint=False):
            save_base(self, *args, **kwargs)

    save.is_with_entry = True  # type: ignore[attr-defined]
    model.save_base = save  # type: ignore[method-assign]


def note_before(
    sender: type[models.Model],
    instance: models.Model,
    raw: bool,
    update_fields: frozenset[str] | None,
    **kwargs: Any,
) -> None:
    """Keep the row as it is in the database, when a watched field is about to be written."""
    watched = WATCHED[sender._meta.label_lower]
    if raw or instance._state.adding:
        return
    if update_fields is not None and not (watched.fields.keys() & update_fields):
        setattr(instance, BEFORE, None)
        return
    rows = rows_now(watched, sender._base_manager.filter(pk=instance.pk))
    setattr(instance, BEFORE, rows.get(instance.pk))


def record_saved(
    sender: type[models.Model], instance: models.Model, created: bool, raw: bool, **kwargs: Any
) -> None:
    watched = WATCHED[sender._meta.label_lower]
    before: Row | None = instance.__dict__.pop(BEFORE, None)
    if raw or (not created and before is None):
        return
    after = row_of(watched, instance)
    kind = Kind.CREATED if created else Kind.CHANGED
    [entry] = entries_of(watched, kind, [(instance, before, after)])
    if created or entry.changes:
        keep(watched, instance, entry)


def record_deleted(sender: type[models.Model], instance: models.Model, **kwargs: Any) -> None:
    watched = WATCHED[sender._meta.label_lower]
    before = row_of(watched, instance)
    [entry] = entries_of(watched, Kind.DELETED, [(instance, before, None)])
    keep(watched, instance, entry)


def keep(watched: Watch, instance: models.Model, entry: Entry) -> None:
    """Save the entry here, and what the platform did to a tenant in the tenant's trail, too."""
    save_entries([entry])
    if watched.tenant_path is not None and current_schema() == PUBLIC:
        tenant: Any = getattr(instance, watched.tenant_path) if watched.tenant_path else instance
        if tenant.kind == CUSTOMER and schema_exists(tenant.schema_name):
            # The person's key means nobody there.
            copies = [copy_of(entry, actor_id=None)]
            run_in_schema(tenant.schema_name, write_here, copies)


def record_many(
    label: str,
    name: str,
    instance: models.Model,
    action: str,
    reverse: bool,
    pk_set: set[Any] | None,
    **kwargs: Any,
) -> None:
    """Record rows that were added to or taken from a relation to many."""
    if action == "pre_clear":
        relation = getattr(instance, name) if not reverse else None
        if relation is None:
            raise TypeError(f"{label}.{name} is watched: remove the rows from the other side.")
        instance.__dict__[BEFORE] = set(relation.values_list("pk", flat=True))
        return
    if action == "post_clear":
        pk_set = instance.__dict__.pop(BEFORE, set())
    if action not in {"post_add", "post_remove", "post_clear"} or not pk_set:
        return
    watched = WATCHED[label]
    if reverse:
        others = watched.model._base_manager.filter(pk__in=pk_set)
        pairs = [(other, {instance.pk}) for other in others]
    else:
        pairs = [(instance, pk_set)]
    entries = []
    for owner, keys in pairs:
        now = set(getattr(owner, name).values_list("pk", flat=True))
        was = now - keys if action == "post_add" else now | keys
        change = [watched.many[name](was), watched.many[name](now)]
        at = location_of(owner)
        entries.append(new_entry(Kind.CHANGED, owner, changes={name: change}, location_id=at))
    save_entries(entries)


def permission_names(keys: Collection[Any]) -> list[str]:
    """Return permissions as `app_label.codename`, sorted; for relations to them."""
    rows = Permission.objects.filter(pk__in=keys)
    found = rows.values_list("content_type__app_label", "codename").order_by()
    return sorted(f"{app_label}.{codename}" for app_label, codename in found)


def names(model: type[models.Model], name: str, keys: Collection[Any]) -> list[str]:
    """Return the related rows of these keys as texts, sorted."""
    related = model._meta.get_field(name).related_model
    return sorted(str(row) for row in related._base_manager.filter(pk__in=keys))  # type: ignore[union-attr]


def entries_of(
    watched: Watch, kind: Kind, steps: Collection[tuple[models.Model, Row | None, Row | None]]
) -> list[Entry]:
    """Return the entries of rows, each with what it was and is (None: not there)."""
    entries = [entry_of(watched, kind, *step) for step in steps]
    add_names(watched, [entry.changes for entry in entries])
    return entries


def entry_of(
    watched: Watch, kind: Kind, instance: models.Model, before: Row | None, after: Row | None
) -> Entry:
    """Return the entry of one row; related rows stand in it by their keys."""
    was_at, is_at = (before or {}).pop(LOCATION, None), (after or {}).pop(LOCATION, None)
    changes = differences(before, after, hidden=watched.hidden, shown=watched.shown)
    at = was_at if after is None else is_at
    entry = new_entry(kind, instance, changes=changes, location_id=at)
    if was_at is not None and was_at != entry.location_id:
        entry.moved_from_id = was_at
    if watched.part_of:
        whole: Any = watched.fields[watched.part_of]
        key = getattr(instance, whole.attname)
        entry.part_of = f"{whole.related_model._meta.label_lower}:{key}"
    return entry


def add_names(watched: Watch, all_changes: Collection[Changes]) -> None:
    """Turn keys of related rows into {"id": 4, "name": "Harbour"}: a query for each relation."""
    for name, own in watched.fields.items():
        found = [changes[name] for changes in all_changes if name in changes]
        if own.related_model is None or not found:
            continue
        keys = {key for values in found for key in values if key is not None}
        texts = {row.pk: str(row) for row in own.related_model._base_manager.filter(pk__in=keys)}
        for values in found:
            values[:] = [
                None if key is None else {"id": key, "name": texts.get(key, "")} for key in values
            ]


def rows_now(watched: Watch, rows: models.QuerySet[Any]) -> dict[Any, Row]:
    """Return the watched columns of the rows in the database, by primary key."""
    columns = {own.attname: name for name, own in watched.fields.items()}
    extra = [watched.location_path] if watched.location_path else []
    found = rows.order_by().values("pk", *columns, *extra)
    return {
        row["pk"]: {
            **{name: row[column] for column, name in columns.items()},
            LOCATION: row[watched.location_path] if watched.location_path else None,
        }
        for row in found
    }


def row_of(watched: Watch, instance: models.Model) -> Row:
    """Return the watched columns of an object that was just saved, typed as in the database."""
    values = {
        name: plain(own, getattr(instance, own.attname)) for name, own in watched.fields.items()
    }
    if any(hasattr(value, "resolve_expression") for value in values.values()):
        # The database computed it.
        return rows_now(watched, type(instance)._base_manager.filter(pk=instance.pk))[instance.pk]
    return {**values, LOCATION: location_of(instance)}


def plain(own: models.Field, value: Any) -> Any:
    if value is None or hasattr(value, "resolve_expression"):
        return value
    if isinstance(own, models.FileField):
        return value.name or ""
    target: Any = getattr(own, "target_field", own)
    try:
        return target.to_python(value)
    except ValidationError:
        return value


class BulkWrites:
    """Records what watched query sets write without asking the rows."""

    def listens(self, model: type[models.Model], columns: Collection[str]) -> bool:
        watched = WATCHED.get(model._meta.label_lower)
        if watched is None:
            return False
        own = watched.fields.keys() | {field.attname for field in watched.fields.values()}
        return not columns or not own.isdisjoint(columns)

    def before_update(self, rows: models.QuerySet[Any]) -> dict[Any, Row]:
        """Return the rows as they are, locked, by primary key."""
        keys = list(rows.order_by().values_list("pk", flat=True))
        locked = rows.model._base_manager.filter(pk__in=keys).select_for_update(of=("self",))
        return rows_now(WATCHED[rows.model._meta.label_lower], locked)

    def after_update(self, model: type[models.Model], before: dict[Any, Row]) -> None:
        watched = WATCHED[model._meta.label_lower]
        rows = model._base_manager.filter(pk__in=before)
        after = rows_now(watched, rows)
        steps = [(row, before[row.pk], after[row.pk]) for row in rows]
        entries = entries_of(watched, Kind.CHANGED, steps)
        save_entries([entry for entry in entries if entry.changes])

    def after_create(self, model: type[models.Model], made: list[models.Model]) -> None:
        watched = WATCHED[model._meta.label_lower]
        steps = [(row, None, row_of(watched, row)) for row in made]
        save_entries(entries_of(watched, Kind.CREATED, steps))


WatchedQuerySet.listener = BulkWrites()
