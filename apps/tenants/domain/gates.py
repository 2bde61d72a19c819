"""What needs which product (TEN-04), and what is missing where a gate is closed."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from apps.tenants.domain.products import Product


class Gate(StrEnum):
    """What a tenant, or one of its stations, can do with the right products only."""

    CARD_ACTIVATION = "card_activation"
    ROAMING = "roaming"
    DIRECT_PAYMENT = "direct_payment"
    EMAID_MANAGEMENT = "emaid_management"
    ROAMING_EMAID = "roaming_emaid"
    PRICES = "prices"


MARKET = (Product.EOPERATE_PROFESSIONAL, Product.EMARKETPLACE_CPO)

# Products that must be assigned to the station.
OF_STATION: dict[Gate, tuple[Product, ...]] = {
    Gate.CARD_ACTIVATION: (Product.EOPERATE_PROFESSIONAL,),
    Gate.ROAMING: MARKET,
    Gate.DIRECT_PAYMENT: MARKET,
}
# Products that the tenant must have booked.
OF_TENANT: dict[Gate, tuple[Product, ...]] = {
    Gate.EMAID_MANAGEMENT: (Product.EMAID,),
    Gate.ROAMING_EMAID: (Product.EMARKETPLACE_EMP,),
    Gate.PRICES: (Product.EMARKETPLACE_CPO, Product.EMARKETPLACE_EMP),
}
# One of their products is enough (ACC-01: prices of charge points as CPO, tariffs as EMP).
ANY_OPENS = frozenset({Gate.PRICES})


class Remedy(StrEnum):
    """Who opens a closed gate: an admin assigns what is booked, the platform operator books."""

    ASSIGN = "assign"
    BOOK = "book"


@dataclass(frozen=True, slots=True)
class Missing:
    """A product that keeps a gate closed, and how it is had."""

    product: Product
    remedy: Remedy


def missing_on_station(
    gate: Gate, *, assigned: Collection[Product], booked: Collection[Product]
) -> list[Missing]:
    """Return what keeps the gate of a station closed; [] when it is open.

    `assigned`: products active on the station today, `booked`: those of the tenant. An assignment
    counts only while its product is booked.
    """
    return [
        Missing(product, Remedy.ASSIGN if product in booked else Remedy.BOOK)
        for product in OF_STATION[gate]
        if product not in assigned or product not in booked
    ]


def missing_for_tenant(gate: Gate, *, booked: Collection[Product]) -> list[Missing]:
    """Return what keeps the gate of a tenant closed; [] when it is open."""
    if gate in ANY_OPENS and not set(OF_TENANT[gate]).isdisjoint(booked):
        return []
    return [Missing(product, Remedy.BOOK) for product in OF_TENANT[gate] if product not in booked]
