"""The products a tenant can book (TEN-04) and the states of a booking."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Product(StrEnum):
    """What a tenant books with the platform operator."""

    EOPERATE_BASIC = "eoperate_basic"
    EOPERATE_PROFESSIONAL = "eoperate_professional"
    EMARKETPLACE_CPO = "emarketplace_cpo"
    EMARKETPLACE_EMP = "emarketplace_emp"
    EMAID = "emaid"


class BookingState(StrEnum):
    """Where a booking stands on a day."""

    PENDING = "pending"
    ACTIVE = "active"
    EXPIRED = "expired"


class AssignmentState(StrEnum):
    """Where the assignment of a product to a station stands on a day (TEN-04)."""

    INITIAL = "initial"
    PENDING = "pending"
    ACTIVE = "active"
    EXPIRED = "expired"


def assignment_state(starts_on: date | None, ends_on: date | None, today: date) -> AssignmentState:
    """Return the state on `today`: initial until a start is set; the last day belongs to it."""
    if starts_on is None:
        return AssignmentState.INITIAL
    return AssignmentState(booking_state(starts_on, ends_on, today).value)


def booking_state(starts_on: date, ends_on: date | None, today: date) -> BookingState:
    """Return the state on `today`; the last day belongs to the booking."""
    if today < starts_on:
        return BookingState.PENDING
    if ends_on is not None and today > ends_on:
        return BookingState.EXPIRED
    return BookingState.ACTIVE


@dataclass(frozen=True, slots=True)
class Span:
    """A product from a day to a day, booked or assigned; `starts_on` None: it has no start yet."""

    product: Product
    starts_on: date | None
    ends_on: date | None


def active_products(spans: Iterable[Span], today: date) -> set[Product]:
    """Return the products that one of the spans makes active on that day."""
    return {
        span.product
        for span in spans
        if assignment_state(span.starts_on, span.ends_on, today) is AssignmentState.ACTIVE
    }
