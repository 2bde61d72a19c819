"""Entries of the trail in the reader's words, without what the reader may not know."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from apps.audit.domain.kinds import Kind
from apps.audit.domain.secrets import HIDDEN
from apps.audit.models import Entry
from apps.audit.services.watch import WATCHED, Watch
from apps.portal import formats
from apps.portal.badges import BAD, BUSY, GOOD, QUIET, WARN, Badge

DRIVERS_RIGHT = "accounts.view_driveridentity"
"""Without it cards, contracts and what was searched for are masked."""
IDENTITY_NAMES = {"id_tag", "idTag", "parent_id_tag", "tag", "emaid", "entries", "filter"}
SHOWN_IN_LIST = 3
LONGEST = 200
LONG = 6

BADGES: dict[str, tuple[str, str]] = {
    Kind.CREATED: ("add_circle", GOOD),
    Kind.CHANGED: ("edit", BUSY),
    Kind.DELETED: ("delete", BAD),
    Kind.COMMAND: ("terminal", BUSY),
    Kind.LOGGED_IN: ("login", QUIET),
    Kind.LOGGED_OUT: ("logout", QUIET),
    Kind.LOGIN_FAILED: ("gpp_bad", WARN),
    Kind.LOCKED: ("lock", BAD),
    Kind.UNLOCKED: ("lock_open", GOOD),
    Kind.SECOND_FACTOR: ("passkey", BUSY),
    Kind.REFUSED: ("block", WARN),
    Kind.SESSIONS_ENDED: ("logout", WARN),
    Kind.EXPORTED: ("download", QUIET),
    Kind.IMPORTED: ("upload", BUSY),
    Kind.SUPPORT_BEGAN: ("support_agent", WARN),
    Kind.SUPPORT_ENDED: ("support_agent", QUIET),
}
ACTIONS = {
    "view": pgettext_lazy("right", "view"),
    "add": pgettext_lazy("right", "add"),
    "change": pgettext_lazy("right", "change"),
    "delete": pgettext_lazy("right", "delete"),
    "import": pgettext_lazy("right", "import"),
    "export": pgettext_lazy("right", "export"),
    "command": pgettext_lazy("right", "send commands"),
    "secure": pgettext_lazy("right", "set security"),
    "check": pgettext_lazy("right", "check by calibration law"),
    "exclude": pgettext_lazy("right", "exclude and give as goodwill"),
    "evaluate": pgettext_lazy("right", "evaluate again"),
}
NAMES: dict[str, str | Promise] = {
    "action": gettext_lazy("Action"),
    "by": gettext_lazy("By way of"),
    "changed": gettext_lazy("Changed"),
    "command": gettext_lazy("Command"),
    "done": gettext_lazy("What was done"),
    "email": gettext_lazy("E-mail"),
    "factor": gettext_lazy("Second factor"),
    "file": gettext_lazy("File"),
    "filter": gettext_lazy("Filter"),
    "groups": gettext_lazy("Groups"),
    "how": gettext_lazy("How"),
    "left": gettext_lazy("Left"),
    "locations": gettext_lazy("Locations"),
    "minutes": gettext_lazy("Minutes"),
    "delete": gettext_lazy("Deleted"),
    "new": gettext_lazy("New"),
    "skip": gettext_lazy("Left out"),
    "update": gettext_lazy("Changed"),
    "parameters": gettext_lazy("Parameters"),
    "reason": gettext_lazy("Reason"),
    "rows": gettext_lazy("Rows"),
    "sessions": gettext_lazy("Sessions"),
    "tenant": gettext_lazy("Tenant"),
    "until": gettext_lazy("Until"),
}
MOMENTS = {"until"}
_values: dict[str, Callable[[Any], str | Promise]] = {}


def register_values(name: str, words: Mapping[Any, str | Promise]) -> None:
    """Let a room say in words what a detail of that name means: {"restart": "Restart"}."""
    _values[name] = lambda value: words.get(value, str(value))


@dataclass(frozen=True, slots=True)
class Change:
    """One field with its values as texts."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as pages and files show it."""

    entry: Entry
    badge: Badge
    model_name: str
    object_name: str
    changes: list[Change]
    details: list[tuple[str, str]]

    @property
    def shown(self) -> list[Change]:
        return self.changes[:SHOWN_IN_LIST]

    @property
    def more(self) -> int:
        return max(len(self.changes) - SHOWN_IN_LIST, 0)


def row_of(entry: Entry, user: Any) -> Row:
    """Return the entry for this reader."""
    sees_drivers = user.has_perm(DRIVERS_RIGHT)
    watched = WATCHED.get(entry.model)
    is_masked = watched is not None and watched.is_name_identity and not sees_drivers
    identity = set() if sees_drivers else {*IDENTITY_NAMES, *(watched.identity if watched else ())}
    icon, tone = BADGES.get(entry.kind, ("info", QUIET))
    return Row(
        entry=entry,
        badge=Badge(str(entry.get_kind_display()), icon, tone),
        model_name=model_name(entry.model),
        object_name=HIDDEN if is_masked else entry.object_name,
        changes=[
            change_of(entry.model, name, *values, is_masked=name in identity)
            for name, values in in_order(entry.changes, watched)
        ],
        details=[
            (detail_name(name), detail_words(name, masked({name: value}, identity)[name]))
            for name, value in entry.details.items()
        ],
    )


def in_order(changes: dict[str, list[Any]], watched: Watch | None) -> list[tuple[str, list[Any]]]:
    """Return the changes in the order of the model's fields; the database keeps none."""
    places = {name: place for place, name in enumerate(watched.fields if watched else ())}
    return sorted(changes.items(), key=lambda pair: (places.get(pair[0], len(places)), pair[0]))


def change_of(label: str, name: str, before: Any, after: Any, *, is_masked: bool) -> Change:
    """Return a change in words; of long lists only what was taken away and what was added."""
    if is_masked:
        before, after = (HIDDEN if value else value for value in (before, after))
    if isinstance(before, list) and isinstance(after, list) and len(before) + len(after) > LONG:
        gone = value_words(label, name, [part for part in before if part not in after])
        new = value_words(label, name, [part for part in after if part not in before])
        return Change(field_name(label, name), f"− {gone}", f"+ {new}")
    words = [value_words(label, name, value) for value in (before, after)]
    return Change(field_name(label, name), *words)


def masked(value: Any, names: set[str]) -> Any:
    """Return nested details with what these names hold hidden."""
    if isinstance(value, dict):
        return {
            key: HIDDEN if key in names and part else masked(part, names)
            for key, part in value.items()
        }
    return [masked(part, names) for part in value] if isinstance(value, list) else value


def model_of(label: str) -> type[models.Model] | None:
    try:
        return apps.get_model(label) if label else None
    except LookupError:
        return None


def model_name(label: str) -> str:
    """Return what kind of object it is: "infrastructure.station" → "Charging station"."""
    model = model_of(label)
    return capfirst(str(model._meta.verbose_name)) if model else label


def field_of(label: str, name: str) -> models.Field | None:
    model = model_of(label)
    if model is None:
        return None
    return next((own for own in model._meta.get_fields() if own.name == name), None)  # type: ignore[return-value]


def field_name(label: str, name: str) -> str:
    own = field_of(label, name)
    if own is None or not hasattr(own, "verbose_name"):
        return detail_name(name)
    return capfirst(str(own.verbose_name))


def value_words(label: str, name: str, value: Any) -> str:
    """Return a value as a text of the active language."""
    own = field_of(label, name)
    choices = dict(getattr(own, "flatchoices", None) or [])
    if isinstance(value, list):
        labels = getattr(model_of(label), "list_labels", {}).get(name, {})
        value = [labels.get(part, part) if isinstance(part, str) else part for part in value]
    if value is not None and not isinstance(value, dict | list) and value in choices:
        return str(choices[value])
    if isinstance(own, models.DateTimeField) and isinstance(value, str):
        value = parse_datetime(value) or value
    elif isinstance(own, models.DateField) and isinstance(value, str):
        value = parse_date(value) or value
    if isinstance(value, list) and name in {"permissions", "user_permissions"}:
        return ", ".join(right_words(str(part)) for part in value) or formats.NOTHING
    return plain_words(value)


def right_words(permission: str) -> str:
    """Return a permission in words: "emaid.view_card" → "RFID card: view"."""
    app_label, _dot, codename = permission.partition(".")
    action, _line, model = codename.partition("_")
    known = model_of(f"{app_label}.{model}") if model else None
    if known is None or action not in ACTIONS:
        return permission
    return f"{capfirst(str(known._meta.verbose_name))}: {ACTIONS[action]}"


def plain_words(value: Any) -> str:
    if value is None or value == "" or value == []:
        return formats.NOTHING
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime):
        return formats.moment(value)
    if isinstance(value, date):
        return formats.day(value)
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, list):
        return ", ".join(plain_words(part) for part in value)[:LONGEST]
    if isinstance(value, dict):
        if set(value) == {"id", "name"}:
            return str(value["name"] or value["id"])
        return ", ".join(f"{key}: {plain_words(part)}" for key, part in value.items())[:LONGEST]
    return str(value)[:LONGEST]


def detail_name(name: str) -> str:
    return str(NAMES[name]) if name in NAMES else capfirst(name.replace("_", " "))


def detail_words(name: str, value: Any) -> str:
    if name in MOMENTS and isinstance(value, str):
        return plain_words(parse_datetime(value) or value)
    words = _values.get(name)
    return str(words(value)) if words and isinstance(value, str) else plain_words(value)
