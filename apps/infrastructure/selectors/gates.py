"""Which products a station has, for what runs with every card: facts by the query that asks anyway.

    SELECT s.state, {PRODUCTS} FROM infrastructure_station s WHERE s.id = %(station)s

The rule that judges them is the one of `tenants.domain.gates`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apps.accounts.models import Location
from apps.infrastructure.models import ProductAssignment
from apps.tenants.domain.gates import Gate, Missing, missing_on_station
from apps.tenants.domain.products import Product, Span, active_products
from apps.tenants.models import BookedProduct, Tenant

# A column of a query whose station is `s`: `{"time_zone", "assigned", "enforced", "booked"}`.
PRODUCTS = f"""
(SELECT json_build_object(
    'time_zone', (SELECT l.time_zone FROM {Location._meta.db_table} l WHERE l.id = s.location_id),
    'assigned', (
        SELECT json_agg(json_build_array(a.product, a.starts_on, a.ends_on))
        FROM {ProductAssignment._meta.db_table} a WHERE a.station_id = s.id),
    'enforced', t.enforces_products,
    'booked', (
        SELECT json_agg(json_build_array(b.product, b.starts_on, b.ends_on))
        FROM {BookedProduct._meta.db_table} b WHERE b.tenant_id = t.id))
FROM {Tenant._meta.db_table} t WHERE t.schema_name = current_schema())
"""  # noqa: S608 our own names


@dataclass(frozen=True, slots=True)
class StationProducts:
    """What is assigned to a station and booked by its tenant; days are those of its location."""

    zone: tzinfo
    is_enforced: bool
    assigned: tuple[Span, ...]
    booked: tuple[Span, ...]

    def missing(self, gate: Gate, *, as_of: datetime) -> list[Missing]:
        """Return what keeps the gate closed then; [] where it is open or only informs."""
        if not self.is_enforced:
            return []
        today = as_of.astimezone(self.zone).date()
        return missing_on_station(
            gate,
            assigned=active_products(self.assigned, today),
            booked=active_products(self.booked, today),
        )


def products_of(row: dict[str, Any] | None) -> StationProducts:
    """Return what a row's column PRODUCTS tells of; without a tenant nothing is enforced."""
    row = row or {}
    return StationProducts(
        zone=zone_of(row.get("time_zone") or ""),
        is_enforced=bool(row.get("enforced")),
        assigned=spans(row.get("assigned") or ()),
        booked=spans(row.get("booked") or ()),
    )


def spans(rows: Iterable[Iterable[Any]]) -> tuple[Span, ...]:
    return tuple(Span(Product(name), day(first), day(last)) for name, first, last in rows)


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def zone_of(name: str) -> tzinfo:
    """Return the time zone; UTC for a name that nobody knows: a card must not fail over it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
