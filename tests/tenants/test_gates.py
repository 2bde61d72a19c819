"""What needs which product, and what a closed gate says (TEN-04)."""

from datetime import date, timedelta

import pytest

from apps.tenants.domain.gates import (
    OF_STATION,
    OF_TENANT,
    Gate,
    Missing,
    Remedy,
    missing_for_tenant,
    missing_on_station,
)
from apps.tenants.domain.products import AssignmentState, Product, assignment_state

pytestmark = pytest.mark.req("TEN-04")

PROFESSIONAL, CPO = Product.EOPERATE_PROFESSIONAL, Product.EMARKETPLACE_CPO
TODAY = date(2026, 11, 24)
A_DAY = timedelta(days=1)


def test_gates_when_listed_then_each_asks_for_a_product() -> None:
    assert set(OF_STATION) | set(OF_TENANT) == set(Gate)
    assert not set(OF_STATION) & set(OF_TENANT)


@pytest.mark.parametrize(
    "gate, assigned, booked, missing",
    [
        (Gate.CARD_ACTIVATION, {PROFESSIONAL}, {PROFESSIONAL}, []),
        (Gate.CARD_ACTIVATION, set(), {PROFESSIONAL}, [Missing(PROFESSIONAL, Remedy.ASSIGN)]),
        (Gate.CARD_ACTIVATION, set(), set(), [Missing(PROFESSIONAL, Remedy.BOOK)]),
        # The booking ended before the assignment did.
        (Gate.CARD_ACTIVATION, {PROFESSIONAL}, set(), [Missing(PROFESSIONAL, Remedy.BOOK)]),
        (Gate.ROAMING, {PROFESSIONAL, CPO}, {PROFESSIONAL, CPO}, []),
        (Gate.ROAMING, {PROFESSIONAL}, {PROFESSIONAL}, [Missing(CPO, Remedy.BOOK)]),
        (
            Gate.DIRECT_PAYMENT,
            set(),
            {PROFESSIONAL},
            [Missing(PROFESSIONAL, Remedy.ASSIGN), Missing(CPO, Remedy.BOOK)],
        ),
        # Basic opens nothing of these.
        (
            Gate.CARD_ACTIVATION,
            {Product.EOPERATE_BASIC},
            {Product.EOPERATE_BASIC},
            [Missing(PROFESSIONAL, Remedy.BOOK)],
        ),
    ],
)
def test_station_when_asked_then_what_is_missing_and_who_helps(
    gate: Gate, assigned: set[Product], booked: set[Product], missing: list[Missing]
) -> None:
    assert missing_on_station(gate, assigned=assigned, booked=booked) == missing


@pytest.mark.parametrize(
    "gate, product",
    [(Gate.EMAID_MANAGEMENT, Product.EMAID), (Gate.ROAMING_EMAID, Product.EMARKETPLACE_EMP)],
)
def test_tenant_when_the_product_is_not_booked_then_it_is_named(
    gate: Gate, product: Product
) -> None:
    others = set(Product) - {product}

    assert missing_for_tenant(gate, booked=others) == [Missing(product, Remedy.BOOK)]
    assert missing_for_tenant(gate, booked={product}) == []


@pytest.mark.parametrize(
    "starts_on, ends_on, state",
    [
        (None, None, AssignmentState.INITIAL),
        (None, TODAY - A_DAY, AssignmentState.INITIAL),
        (TODAY + A_DAY, None, AssignmentState.PENDING),
        (TODAY, None, AssignmentState.ACTIVE),
        (TODAY - A_DAY, TODAY, AssignmentState.ACTIVE),
        (TODAY - 2 * A_DAY, TODAY - A_DAY, AssignmentState.EXPIRED),
    ],
)
def test_assignment_when_days_go_by_then_its_state(
    starts_on: date | None, ends_on: date | None, state: AssignmentState
) -> None:
    assert assignment_state(starts_on, ends_on, TODAY) is state
