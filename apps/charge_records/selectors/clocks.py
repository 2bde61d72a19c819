"""Clocks of the locations: in which zones are they, in which hour of its place was something?"""

from collections.abc import Sequence
from typing import Any

from django.db.models import DateTimeField, F, Func, IntegerField, Value
from django.db.models.functions import Cast

from apps.accounts.models import Location
from apps.tenants.selectors import current_tenant


def time_zones() -> list[str]:
    """Return the names of the zones in which the tenant has locations; at least its own."""
    rows = Location.objects.order_by("time_zone").values_list("time_zone", flat=True)
    return list(rows.distinct()) or [current_tenant().time_zone]


def local_hour(field: str, zones: Sequence[str]) -> Cast:
    """Return the expression of the hour (0 to 23) by the clock of the record's location.

    Where all locations share a zone it needs no look at them.
    """
    zone: Any = Value(zones[0]) if len(zones) == 1 else F("station__location__time_zone")
    there = Func(zone, F(field), function="timezone", output_field=DateTimeField())
    hour = Func(there, template="extract(hour from %(expressions)s)", output_field=IntegerField())
    return Cast(hour, IntegerField())
