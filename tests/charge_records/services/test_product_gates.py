"""Cards need eOperate Professional on the station; a closed gate says what is missing (TEN-04)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from apps.accounts.models import User
from apps.charge_records.models import Activation, ChargingSession
from apps.charge_records.services.activations import authorize
from apps.charge_records.services.sessions import start_session
from apps.core.schemas import run_in_schema
from apps.emaid.services import ensure_card
from apps.infrastructure.models import ProductAssignment, Station, StationCommand
from apps.infrastructure.selectors.gates import products_of
from apps.tenants.domain.gates import Gate
from apps.tenants.domain.products import Product
from apps.tenants.models import BookedProduct, Tenant
from apps.vocabulary.answers import AuthorizationStatus
from tests.charge_records.events import TAG, started
from tests.conftest import NOW, assign
from tests.factories.pages import log_in
from tests.ocpp.statements import counted

pytestmark = pytest.mark.req("TEN-04")

MakeStation = Callable[..., Station]
PROFESSIONAL = Product.EOPERATE_PROFESSIONAL
TODAY = NOW.date()
A_DAY = timedelta(days=1)


@pytest.fixture
def station(alpha: Tenant, make_station: MakeStation) -> Station:
    """A station without any product; the tenant has all booked."""
    ensure_card(TAG)
    return make_station(products=())


def unbook(tenant: Tenant) -> None:
    rows = BookedProduct.objects.filter(tenant=tenant, product=PROFESSIONAL)
    run_in_schema("public", rows.update, ends_on=TODAY - A_DAY)


def test_authorize_when_the_product_is_not_assigned_then_refused_and_an_admin_can_help(
    station: Station,
) -> None:
    answer = authorize(station.pk, TAG, now=NOW)

    activation = Activation.objects.get()
    assert answer.status is AuthorizationStatus.BLOCKED
    assert (activation.state, activation.refusal) == ("refused", "not_assigned")
    assert activation.error_class == "authorization_failed"


def test_authorize_when_the_product_is_not_booked_then_the_platform_operator_can_help(
    alpha: Tenant, station: Station
) -> None:
    assign(station, PROFESSIONAL)
    unbook(alpha)

    assert authorize(station.pk, TAG, now=NOW).status is AuthorizationStatus.BLOCKED
    assert Activation.objects.get().refusal == "not_booked"


@pytest.mark.parametrize(
    "first, last, is_open",
    [
        (None, None, False),
        (TODAY + A_DAY, None, False),
        (TODAY, TODAY, True),
        (TODAY - 9 * A_DAY, TODAY - A_DAY, False),
        (TODAY - 9 * A_DAY, None, True),
    ],
    ids=["initial", "pending", "one day", "expired", "open"],
)
def test_authorize_when_the_assignment_has_days_then_only_on_them(
    station: Station, first: date | None, last: date | None, is_open: bool
) -> None:
    ProductAssignment.objects.create(
        station=station, product=PROFESSIONAL.value, starts_on=first, ends_on=last
    )

    accepted = authorize(station.pk, TAG, now=NOW).status is AuthorizationStatus.ACCEPTED
    assert accepted is is_open


def test_authorize_when_another_product_is_assigned_then_it_opens_nothing(station: Station) -> None:
    assign(station, Product.EOPERATE_BASIC, Product.EMARKETPLACE_CPO)

    assert authorize(station.pk, TAG, now=NOW).status is AuthorizationStatus.BLOCKED


def test_authorize_when_the_card_itself_is_at_fault_then_that_is_the_reason(
    station: Station,
) -> None:
    ensure_card(TAG, is_blocked=True)
    authorize(station.pk, TAG, now=NOW)
    authorize(station.pk, "NOBODY", now=NOW)

    reasons = Activation.objects.order_by("pk").values_list("refusal", flat=True)
    assert list(reasons) == ["blocked", "unknown_card"]


def test_authorize_when_nobody_needs_a_card_there_then_no_product_either(station: Station) -> None:
    station.charge_points.update(authentication_required=False)

    assert authorize(station.pk, TAG, now=NOW).status is AuthorizationStatus.ACCEPTED


def test_start_when_it_is_a_remote_start_without_a_card_then_no_product_is_needed(
    station: Station,
) -> None:
    StationCommand.objects.create(
        station=station,
        command="remote_start",
        parameters={"id_tag": "PORTAL"},
        status="answered",
        requested_at=NOW,
        expires_at=NOW + A_DAY,
    )

    answer = start_session(station.pk, started(id_tag="PORTAL"), now=NOW)
    assert answer.authorization.status is AuthorizationStatus.ACCEPTED


def test_start_when_the_product_is_missing_then_refused_and_the_session_is_kept(
    station: Station,
) -> None:
    answer = start_session(station.pk, started(), now=NOW)

    assert answer.authorization.status is AuthorizationStatus.BLOCKED
    assert ChargingSession.objects.get().transaction_id == answer.transaction_id
    assert Activation.objects.get().refusal == "not_assigned"


def test_start_when_it_comes_late_then_the_day_of_the_start_counts(station: Station) -> None:
    ProductAssignment.objects.create(
        station=station, product=PROFESSIONAL.value, starts_on=TODAY - 9 * A_DAY, ends_on=TODAY
    )

    answer = start_session(station.pk, started(), now=NOW + 2 * A_DAY)
    assert answer.authorization.status is AuthorizationStatus.ACCEPTED


def test_authorize_when_the_product_ended_while_charging_then_the_card_still_ends_it(
    station: Station,
) -> None:
    assign(station, PROFESSIONAL)
    start_session(station.pk, started(), now=NOW)
    ProductAssignment.objects.update(ends_on=TODAY)

    answer = authorize(station.pk, TAG, now=NOW + A_DAY)
    assert answer.status is AuthorizationStatus.ACCEPTED


def test_authorize_when_the_tenants_gates_only_inform_then_cards_charge(
    alpha: Tenant, station: Station
) -> None:
    rows = Tenant.objects.filter(pk=alpha.pk)
    run_in_schema("public", rows.update, enforces_products=False)

    assert authorize(station.pk, TAG, now=NOW).status is AuthorizationStatus.ACCEPTED


def test_authorize_when_gates_are_asked_then_by_no_further_statement(
    station: Station, make_station: MakeStation
) -> None:
    open_station = make_station()
    number, answer = counted(lambda: authorize(open_station.pk, TAG, now=NOW))
    without, _answer = counted(lambda: authorize(station.pk, TAG, now=NOW))

    assert answer.status is AuthorizationStatus.ACCEPTED
    # The place with its products, the card, its sessions, what awaits a start, the activation.
    assert number <= 5
    assert without <= number


@pytest.mark.parametrize(
    "zone, is_open",
    [("Pacific/Auckland", True), ("Europe/Berlin", False), ("Nowhere/Land", False), (None, False)],
)
def test_products_when_the_day_begins_then_by_the_locations_clock(
    zone: str | None, is_open: bool
) -> None:
    spans = [["eoperate_professional", "2026-11-25", None]]
    row: dict[str, Any] = {
        "time_zone": zone, "enforced": True, "assigned": spans, "booked": spans
    }  # fmt: skip
    as_of = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

    assert (products_of(row).missing(Gate.CARD_ACTIVATION, as_of=as_of) == []) is is_open


def test_activation_page_when_a_gate_refused_it_then_it_says_what_is_missing_and_who_helps(
    station: Station, make_user: Callable[..., User]
) -> None:
    authorize(station.pk, TAG, now=NOW)
    client = log_in(make_user("admin"))

    page = client.get(f"/charge_records/activation/{Activation.objects.get().pk}/change/")

    text = page.content.decode()
    assert "eOperate Professional is not assigned to the charging station." in text
    assert "An admin can assign it." in text
