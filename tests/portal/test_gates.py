"""Pages of what is not booked: nothing is added or changed, and the page says why (TEN-04)."""

from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from apps.accounts.forms.rights import ClosedSubject, closed_subjects, table
from apps.accounts.models import User
from apps.core.schemas import run_in_schema
from apps.emaid.models import Card
from apps.portal import gates
from apps.tenants.domain.gates import Gate, Missing, Remedy, missing_for_tenant
from apps.tenants.domain.products import Product
from apps.tenants.models import BookedProduct, Tenant
from tests.factories.pages import log_in

pytestmark = pytest.mark.req("TEN-04")

MakeUser = Callable[..., User]
CARDS = "/emaid/card/"
MISSING = "Missing: EMAID. Ask the platform operator to book it."
REASON = f"Managing EMAIDs: not included. {MISSING}"


def unbook(tenant: Tenant, *products: Product) -> None:
    rows = BookedProduct.objects.filter(tenant=tenant, product__in=products)
    run_in_schema("public", rows.delete)


def test_cards_when_emaid_is_not_booked_then_shown_but_not_added_or_changed(
    alpha: Tenant, make_user: MakeUser
) -> None:
    card = Card.objects.create(tag="04A2B3C4D5E680", label="mine")
    client = log_in(make_user("admin"))
    unbook(alpha, Product.EMAID)
    page = f"{CARDS}{card.pk}/change/"

    listed = client.get(CARDS).content.decode()
    shown = client.get(page).content.decode()
    adding = client.get(f"{CARDS}add/")
    added = client.post(f"{CARDS}add/", {"tag": "04FFFFFFFFFF80"})
    changed = client.post(page, {"tag": card.tag, "label": "yours"})

    assert REASON in listed
    assert f"{CARDS}add/" not in listed
    assert REASON in shown
    for refused in (adding, added, changed):
        assert refused.status_code == 403
        assert REASON in refused.content.decode()
    card.refresh_from_db()
    assert card.label == "mine"
    assert Card.objects.count() == 1


def test_cards_when_emaid_is_not_booked_then_a_lost_one_can_be_blocked(
    alpha: Tenant, make_user: MakeUser
) -> None:
    card = Card.objects.create(tag="04A2B3C4D5E680")
    client = log_in(make_user("admin"))
    unbook(alpha, Product.EMAID)

    client.post(f"{CARDS}{card.pk}/block/")

    card.refresh_from_db()
    assert card.is_blocked


@pytest.mark.parametrize("is_enforced", [True, False])
def test_cards_when_booked_or_not_enforced_then_added(
    alpha: Tenant, make_user: MakeUser, is_enforced: bool
) -> None:
    client = log_in(make_user("admin"))
    if not is_enforced:
        unbook(alpha, Product.EMAID)
        run_in_schema("public", Tenant.objects.filter(pk=alpha.pk).update, enforces_products=False)

    assert REASON not in client.get(CARDS).content.decode()
    assert client.post(f"{CARDS}add/", {"tag": "04FFFFFFFFFF80"}).status_code == 302


def test_notice_when_asked_again_then_no_further_query(alpha: Tenant) -> None:
    request = RequestFactory().get("/")
    gates.notice(request, Gate.EMAID_MANAGEMENT)
    with CaptureQueriesContext(connection) as queries:
        gates.notice(request, Gate.EMAID_MANAGEMENT)

    assert len(queries) == 0


@pytest.mark.req("ACC-01")
@pytest.mark.parametrize(
    "booked, is_open",
    [(set(), False), ({Product.EMARKETPLACE_CPO}, True), ({Product.EMARKETPLACE_EMP}, True)],
)
def test_prices_when_one_of_the_marketplaces_is_booked_then_open(
    booked: set[Product], is_open: bool
) -> None:
    assert (missing_for_tenant(Gate.PRICES, booked=booked) == []) is is_open


@pytest.mark.req("ACC-01")
def test_rights_when_prices_are_closed_then_a_row_without_boxes_says_what_is_missing() -> None:
    missing = [
        Missing(Product.EMARKETPLACE_CPO, Remedy.BOOK),
        Missing(Product.EMARKETPLACE_EMP, Remedy.BOOK),
    ]
    (row,) = table([], [], [ClosedSubject(None, Gate.PRICES, missing)])["rows"]

    assert not any(row["cells"])
    assert "Missing: eMarketplace CPO / eMarketplace EMP." in row["note"]
    assert "Ask the platform operator to book it." in row["note"]


@pytest.mark.req("ACC-02")
def test_group_page_when_a_product_is_missing_then_its_row_says_so(
    alpha: Tenant, make_user: MakeUser
) -> None:
    admin = make_user("admin")
    client = log_in(admin)
    before = client.get("/auth/group/add/").content.decode()
    unbook(alpha, Product.EMAID)
    page = client.get("/auth/group/add/").content.decode()

    assert MISSING not in before
    assert MISSING in page
    today = date(2026, 11, 24)
    assert [one.subject for one in closed_subjects(admin, today=today)] == ["cards"]
