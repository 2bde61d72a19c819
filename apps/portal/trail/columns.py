"""Columns of the trail's files."""

from django.utils.translation import gettext_lazy as _

from apps.portal.exports import Column
from apps.portal.trail.wording import Row


def changes_text(row: Row) -> str:
    """Return "Name: Old → New" line by line."""
    return "\n".join(f"{change.label}: {change.before} → {change.after}" for change in row.changes)


def details_text(row: Row) -> str:
    return "\n".join(f"{name}: {value}" for name, value in row.details)


TRAIL_COLUMNS = [
    Column("id", _("ID"), lambda row: row.entry.pk),
    Column("happened_at", _("When"), lambda row: row.entry.happened_at),
    Column("kind", _("What"), lambda row: row.badge.label),
    Column("actor", _("Who"), lambda row: row.entry.actor_name),
    Column("way", _("Way"), lambda row: row.entry.get_way_display()),
    Column("address", _("Address"), lambda row: row.entry.address),
    Column("browser", _("Browser"), lambda row: row.entry.agent),
    Column("model", _("Kind of object"), lambda row: row.model_name),
    Column("object_id", _("Key of the object"), lambda row: row.entry.object_id),
    Column("object", _("Object"), lambda row: row.object_name),
    Column("changes", _("Before and after"), changes_text),
    Column("details", _("Details"), details_text),
]
