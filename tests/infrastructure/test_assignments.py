"""Assigning products to stations: rights, booking, limit, tab, list (TEN-04)."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.core.schemas import run_in_schema
from apps.infrastructure.models import ProductAssignment, Station
from apps.infrastructure.selectors.assignments import in_state, station_gates
from apps.infrastructure.services.assignments import (
    LimitReached,
    NotBooked,
    Period,
    StationsNotYours,
    assign_product,
    change_period,
)
from apps.tenants.domain.products import AssignmentState, Product
from apps.tenants.models import BookedProduct, Tenant
from tests.factories.pages import log_in

pytestmark = pytest.mark.req("TEN-04")

MakeUser = Callable[..., User]
MakeStation = Callable[..., Station]
PRODUCT = Product.EOPERATE_PROFESSIONAL
A_DAY = timedelta(days=1)
ASSIGN = "/infrastructure/productassignment/assign/"


@pytest.fixture
def make_station(make_station: MakeStation) -> MakeStation:
    """Stations without a product."""
    return partial(make_station, products=())


@pytest.fixture
def today() -> date:
    return timezone.localdate()


def booking(tenant: Tenant) -> BookedProduct:
    return BookedProduct.objects.get(tenant=tenant, product=PRODUCT)


def test_assign_when_done_in_bulk_then_each_station_once_and_in_the_trail(
    alpha: Tenant, make_user: MakeUser, make_station: MakeStation, today: date
) -> None:
    stations = [make_station(), make_station()]
    ids, actor = [station.pk for station in stations], make_user("admin")
    period = Period(today, None)

    assert assign_product(actor, alpha, PRODUCT, ids[:1], period, today=today) == 1
    assert assign_product(actor, alpha, PRODUCT, ids, period, today=today) == 1
    assert ProductAssignment.objects.filter(product=PRODUCT).count() == 2
    entry = Entry.objects.filter(model="infrastructure.productassignment").latest("pk")
    assert entry.part_of == f"infrastructure.station:{ids[1]}"
    assert entry.location_id == stations[1].location_id


def test_assign_when_without_the_right_or_at_another_location_then_refused(
    alpha: Tenant,
    make_user: MakeUser,
    make_station: MakeStation,
    make_location: Any,
    today: date,
) -> None:
    station = make_station(location=make_location("Elsewhere"))
    period = Period(today, None)
    limited = make_user("admin", locations=[make_location("Here")])

    with pytest.raises(PermissionDenied):
        assign_product(make_user("operator"), alpha, PRODUCT, [station.pk], period, today=today)
    with pytest.raises(StationsNotYours):
        assign_product(limited, alpha, PRODUCT, [station.pk], period, today=today)
    assert not ProductAssignment.objects.exists()


@pytest.mark.parametrize(
    "first, last, is_booked",
    [(0, None, False), (0, 10, True), (0, 11, False), (5, 8, True), (None, 10, True)],
)
def test_assign_when_the_booking_ends_then_only_within_it(
    alpha: Tenant,
    make_user: MakeUser,
    make_station: MakeStation,
    today: date,
    first: int | None,
    last: int | None,
    is_booked: bool,
) -> None:
    row = booking(alpha)
    row.ends_on = today + 10 * A_DAY
    row.save()
    days = [None if day is None else today + day * A_DAY for day in (first, last)]
    arguments = (make_user("admin"), alpha, PRODUCT, [make_station().pk], Period(*days))

    if is_booked:
        assert assign_product(*arguments, today=today) == 1
    else:
        with pytest.raises(NotBooked):
            assign_product(*arguments, today=today)


def test_assign_when_more_stations_than_booked_then_none_is_assigned(
    alpha: Tenant, make_user: MakeUser, make_station: MakeStation, today: date
) -> None:
    row = booking(alpha)
    row.station_limit = 2
    row.save()
    ids, actor = [make_station().pk for _number in range(3)], make_user("admin")

    with pytest.raises(LimitReached) as refused:
        assign_product(actor, alpha, PRODUCT, ids, Period(today, None), today=today)
    assert "2" in str(refused.value)
    assert not ProductAssignment.objects.exists()
    assign_product(actor, alpha, PRODUCT, ids[:2], Period(today, None), today=today)
    over = ProductAssignment.objects.get(station=ids[0])
    over.starts_on, over.ends_on = today - A_DAY, today - A_DAY
    change_period(actor, alpha, over, today=today)
    assert assign_product(actor, alpha, PRODUCT, ids[2:], Period(today, None), today=today) == 1


def test_assign_when_a_station_has_the_product_later_then_it_counts_once(
    alpha: Tenant, make_user: MakeUser, make_station: MakeStation, today: date
) -> None:
    BookedProduct.objects.filter(tenant=alpha, product=PRODUCT).update(station_limit=1)
    station, actor = make_station(), make_user("admin")
    later, now = Period(today + 9 * A_DAY, None), Period(today, today + A_DAY)

    assert assign_product(actor, alpha, PRODUCT, [station.pk], later, today=today) == 1
    assert assign_product(actor, alpha, PRODUCT, [station.pk], now, today=today) == 1
    with pytest.raises(LimitReached):
        assign_product(actor, alpha, PRODUCT, [make_station().pk], now, today=today)


def test_assign_when_there_are_many_then_no_query_for_each(
    alpha: Tenant, make_user: MakeUser, make_station: MakeStation, today: date
) -> None:
    actor, counts = make_user("admin"), []
    for number in (1, 9):
        ids = [make_station().pk for _station in range(number)]
        with CaptureQueriesContext(connection) as queries:
            assign_product(actor, alpha, PRODUCT, ids, Period(today, None), today=today)
        counts.append(len(queries))
        made = Entry.objects.filter(
            model="infrastructure.productassignment", changes__station__1__id__in=ids
        )
        assert made.exclude(changes__station__1__name="").count() == number

    assert counts[1] <= counts[0]


def test_states_when_filtered_then_as_the_rule_says(
    alpha: Tenant, make_station: MakeStation, today: date
) -> None:
    days = [(None, None), (today + A_DAY, None), (today, today), (today - A_DAY, today - A_DAY)]
    for first, last in days:
        ProductAssignment.objects.create(
            station=make_station(), product=PRODUCT, starts_on=first, ends_on=last
        )
    for state in AssignmentState:
        rows = in_state(ProductAssignment.objects.all(), state, today)
        assert [row.state_on(today) for row in rows] == [state]


def test_gates_when_a_product_is_assigned_then_open_and_closed_ones_name_what_is_missing(
    alpha: Tenant, make_station: MakeStation, today: date
) -> None:
    station = make_station()
    closed = station_gates(station, alpha, today)
    ProductAssignment.objects.create(station=station, product=PRODUCT, starts_on=today)
    gates = {gate.gate: gate for gate in station_gates(station, alpha, today)}

    assert all(gate.missing for gate in closed)
    assert not gates["card_activation"].missing  # type: ignore[index]
    assert gates["roaming"].names == "eMarketplace CPO"  # type: ignore[index]


def test_page_when_posted_then_assigned_and_shown_on_the_tab(
    alpha: Tenant, make_user: MakeUser, make_station: MakeStation, today: date
) -> None:
    station, client = make_station(), log_in(make_user("admin"))
    listed = client.post(
        "/infrastructure/station/",
        {"action": "assign_selected", "_selected_action": [station.pk], "index": 0},
    )
    page = client.get(listed["Location"]).content.decode()
    body = {"ids": station.pk, "product": PRODUCT, "starts_on": today.isoformat()}
    answer = client.post(ASSIGN, body)
    tab = client.get(f"/infrastructure/station/{station.pk}/change/?tab=assignments")

    assert listed["Location"] == f"{ASSIGN}?ids={station.pk}"
    assert station.charge_box_id in page
    assert answer.status_code == 302
    text = tab.content.decode()
    assert "eOperate Professional" in text
    assert "Missing: eMarketplace CPO." in text
    assert "Active" in text


def test_page_when_a_booking_does_not_allow_it_then_the_field_says_so(
    alpha: Tenant, make_user: MakeUser, make_station: MakeStation, today: date
) -> None:
    BookedProduct.objects.filter(tenant=alpha, product=PRODUCT).update(station_limit=0)
    body = {"ids": make_station().pk, "product": PRODUCT, "starts_on": today.isoformat()}
    answer = log_in(make_user("admin")).post(ASSIGN, body)

    assert answer.status_code == 200
    assert "is booked for 0 charging stations" in answer.content.decode()


def test_page_when_the_operator_opens_it_then_refused(alpha: Tenant, make_user: MakeUser) -> None:
    assert log_in(make_user("operator")).get(ASSIGN).status_code == 403


def test_page_when_ids_are_foreign_then_they_are_left_out(
    alpha: Tenant, make_user: MakeUser, make_station: MakeStation, make_location: Any
) -> None:
    foreign = make_station(location=make_location("Elsewhere"))
    client = log_in(make_user("admin", locations=[make_location("Here")]))

    assert foreign.charge_box_id not in client.get(f"{ASSIGN}?ids={foreign.pk}").content.decode()
    assert client.get(f"{ASSIGN}?ids=x").status_code == 404


def test_list_when_there_are_many_then_few_queries_and_no_foreign_count(
    alpha: Tenant, make_user: MakeUser, make_station: MakeStation, make_location: Any, today: date
) -> None:
    here, elsewhere = make_location("Here"), make_location("Elsewhere")
    for location in [here] * 5 + [elsewhere] * 7:
        ProductAssignment.objects.create(
            station=make_station(location=location), product=PRODUCT, starts_on=today
        )
    client = log_in(make_user("admin"))
    client.get("/infrastructure/productassignment/")
    with CaptureQueriesContext(connection) as queries:
        text = client.get("/infrastructure/productassignment/").content.decode()
    limited = log_in(make_user("admin", locations=[here]))
    narrow = limited.get("/infrastructure/productassignment/").content.decode()

    assert len(queries) <= 25
    assert 'class="cy-number">12<' in text
    assert 'class="cy-number">5<' in narrow
    assert 'class="cy-number">12<' not in narrow


def test_change_when_only_the_days_then_saved_with_the_same_checks(
    alpha: Tenant, make_user: MakeUser, make_station: MakeStation, today: date
) -> None:
    row = ProductAssignment.objects.create(station=make_station(), product=PRODUCT, starts_on=today)
    client = log_in(make_user("admin"))
    path = f"/infrastructure/productassignment/{row.pk}/change/"
    client.post(path, {"starts_on": today.isoformat(), "ends_on": today.isoformat()})
    row.refresh_from_db()
    early = (today - 9 * A_DAY).isoformat()
    refused = client.post(path, {"starts_on": today.isoformat(), "ends_on": early})

    assert row.ends_on == today
    assert refused.status_code == 200
    assert "The end lies before the start." in refused.content.decode()


def test_bookings_when_of_another_tenant_then_they_do_not_count(
    alpha: Tenant, make_user: MakeUser, make_station: MakeStation, today: date
) -> None:
    run_in_schema("public", booking(alpha).delete)

    with pytest.raises(NotBooked):
        assign_product(
            make_user("admin"),
            alpha,
            PRODUCT,
            [make_station().pk],
            Period(today, None),
            today=today,
        )


@pytest.mark.parametrize(
    "is_booked, words",
    [
        (True, "It is booked; an admin can assign it to this station."),
        (False, "Ask the platform operator to book it."),
    ],
)
def test_charge_point_page_when_cards_cannot_charge_then_it_says_why(
    alpha: Tenant,
    make_user: MakeUser,
    make_station: MakeStation,
    today: date,
    is_booked: bool,
    words: str,
) -> None:
    if not is_booked:
        run_in_schema("public", booking(alpha).delete)
    point = make_station().charge_points.get()
    client = log_in(make_user("operator"))
    page = f"/infrastructure/chargepoint/{point.pk}/change/"

    closed = client.get(page).content.decode()
    point.authentication_required = False
    point.save()
    free = client.get(page).content.decode()

    sentence = "RFID cards and EMAIDs cannot charge here."
    assert sentence in closed
    assert words in closed
    assert sentence not in free


@pytest.mark.parametrize("is_enforced", [True, False])
def test_tab_when_gates_only_inform_then_it_says_so(
    alpha: Tenant, make_user: MakeUser, make_station: MakeStation, is_enforced: bool
) -> None:
    rows = Tenant.objects.filter(pk=alpha.pk)
    run_in_schema("public", rows.update, enforces_products=is_enforced)
    page = f"/infrastructure/station/{make_station().pk}/change/?tab=assignments"

    text = log_in(make_user("admin")).get(page).content.decode()

    assert ("For now this only informs" in text) is not is_enforced
