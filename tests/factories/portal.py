"""Rows whose pages stand in portal: entries of the audit trail."""

from apps.audit.models import Entry
from tests.factories.base import NOW, Place


def make_entry(place: Place) -> Entry:
    return Entry.objects.create(
        happened_at=NOW,
        kind="changed",
        way="portal",
        actor_name=f"{place.mark}@example.com".lower(),
        model="infrastructure.station",
        object_id="1",
        object_name=f"{place.mark}-BOX",
        location_id=place.location.pk,
        changes={"name": [f"{place.mark}-old", f"{place.mark}-new"]},
    )


FACTORIES = {Entry: make_entry}
